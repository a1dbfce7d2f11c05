import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { counted } from "../../output/counted.ts";

const projectDir = join(import.meta.dirname, "../..");

/** `${names.length} rows`, which says "1 rows"; not `2 of ${names.length} rows`, and not units. */
const ONE_OR_MANY =
  /(?<!\bof )\$\{(?:[\w.]*\b(?:length|count|sum|size)\} (?!bytes\b|times\b)[a-z]+s\b|[a-z][\w.#]*(?: \?\? "\w+")?\} (?:rows|files|objects|machines|tenants|stacks|errors)\b)/;

/** What gates say of their samples is not among them: one sample is no gate. */
const ROOMS = ["cli/*.ts", "operations/*.ts", ":!operations/gates", "policies/*.ts", "provider/*.ts"];

describe("a number with its word", () => {
  it("has the word of one thing for one, and of many for none and for more", () => {
    expect([0, 1, 2].map((count) => counted(count, "row"))).toEqual(["0 rows", "1 row", "2 rows"]);
    expect([1, 2].map((count) => counted(count, "index", "indexes"))).toEqual(["1 index", "2 indexes"]);
  });

  it("is written by one function wherever there may be one of it", () => {
    const files = execFileSync("git", ["ls-files", ...ROOMS], { cwd: projectDir, encoding: "utf8" });
    const lines = files
      .trimEnd()
      .split("\n")
      .flatMap((file) =>
        readFileSync(join(projectDir, file), "utf8")
          .split("\n")
          .filter((line) => ONE_OR_MANY.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(lines).toEqual([]);
  });
});
