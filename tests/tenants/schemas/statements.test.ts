import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";

import { leadingWords, type Statement, statementsIn } from "../../../tenants/schemas/statements.ts";
import { anyStatement } from "./any-statement.ts";

const blank = fc.constantFrom(" ", "\n", "\n-- a remark; with a semicolon\n", "/* one;\n two; */", "\t\n\n");

function sqlOf(text: string): readonly string[] {
  const found = statementsIn(text);
  if ("message" in found) throw new Error(found.message);
  return found.map(({ sql }) => sql);
}

describe("the statements of a file", () => {
  it("are found whatever holds semicolons, with or without one at the end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, anyStatement, blank), { minLength: 1 }), fc.boolean(), (parts, isEnded) => {
        const text = parts.map(([before, sql, after]) => before + sql + after).join(";");
        // A comment to the end of the line would hold the semicolon.
        expect(sqlOf(`${text}${isEnded ? "\n;" : ""}`)).toEqual(parts.map(([, sql]) => sql));
      }),
    );
  });

  it("keep their place, and none is empty", () => {
    const found = statementsIn(";;\n-- x\n  SELECT 1;\n;SELECT\n2") as readonly Statement[];
    expect(found.map(({ sql, line, column }) => [sql, line, column])).toEqual([
      ["SELECT 1", 3, 3],
      ["SELECT\n2", 4, 2],
    ]);
    expect(leadingWords(found[0] ?? { tokens: [] })).toEqual(["SELECT"]);
  });

  it.each([
    ["SELECT 1;\n SELECT 'open", 2, 9],
    ["/* open", 1, 1],
    ['SELECT "open', 1, 8],
    ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", 1, 1],
  ])("are not guessed where something is left open: %j", (text, line, column) => {
    expect(statementsIn(text)).toMatchObject({ line, column, message: expect.stringContaining("expected") });
  });
});
