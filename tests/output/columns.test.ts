import { stripVTControlCharacters } from "node:util";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { columnTable, terminalWidth } from "../../output/columns.ts";

interface Row {
  readonly tenant: string;
  readonly state: string;
  readonly machine: string;
  readonly url: string;
}

const columns = [
  { head: "tenant", of: (row: Row) => row.tenant },
  { head: "state", of: (row: Row) => row.state },
  { head: "machine", of: (row: Row) => row.machine, goes: 2 },
  { head: "url", of: (row: Row) => row.url, goes: 1 },
];
const rows: readonly Row[] = [
  { tenant: "acme", state: "\u001b[32mrunning\u001b[39m", machine: "f9c3ae5e183b69", url: "http://127.0.0.1:26544" },
  { tenant: "globex", state: "idle", machine: "e697ceb7fe78c4", url: "" },
];

const heads = (text: string) => stripVTControlCharacters(text).split("\n")[0]?.split(/ +/);

describe("a table", () => {
  it("shows all columns where there is room, and in a file", () => {
    expect(heads(columnTable(columns, rows, 80))).toEqual(["tenant", "state", "machine", "url"]);
    expect(heads(columnTable(columns, rows, Infinity))).toEqual(["tenant", "state", "machine", "url"]);
    expect(terminalWidth({ isTTY: false, columns: 40 })).toBe(Infinity);
    expect(terminalWidth({ isTTY: true, columns: 40 })).toBe(40);
    expect(terminalWidth({ isTTY: true, columns: 0 })).toBe(Infinity);
  });

  it("leaves out the least telling columns first, and names them", () => {
    const narrow = columnTable(columns, rows, 40);
    expect(heads(narrow)).toEqual(["tenant", "state", "url"]);
    expect(narrow).toContain("(--wide also shows: machine)");
    expect(columnTable(columns, rows, 20)).toContain("(--wide also shows: machine, url)");
  });

  it("never leaves out what tells the rows apart, however narrow it is", () => {
    expect(heads(columnTable(columns, rows, 3))).toEqual(["tenant", "state"]);
  });

  it("leaves out a column that is empty", () => {
    const bare = rows.map((row) => ({ ...row, url: "" }));
    const text = columnTable(columns, bare, 80);
    expect(heads(text)).toEqual(["tenant", "state", "machine"]);
    expect(text).not.toContain("--wide");
  });

  it("is within the width whenever its lasting columns are, with colours or without", () => {
    const word = fc.string({ unit: "grapheme-ascii", maxLength: 30 }).map((text) => text.replaceAll(/\s/g, "_"));
    const row = fc.record({ tenant: word, state: word, machine: word, url: word });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 64, max: 140 }), (some, width) => {
        const lines = stripVTControlCharacters(columnTable(columns, some, width)).split("\n");
        const long = lines.filter((line) => !line.startsWith("(--wide") && line.length > width);
        expect(long).toEqual([]);
      }),
    );
  });
});
