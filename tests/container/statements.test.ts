import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const docs = join(import.meta.dirname, "../../docs");
const sources = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
/** Titles, in italics, whose test is not there. */
const unbacked = (titles: readonly (string | undefined)[]) =>
  titles.filter((title) => !sources.some((source) => source.includes(`"${title ?? ""}"`)));

describe("what the docs say of a mount", () => {
  it("is backed by a test, each statement of durability.md", () => {
    const statements = readFileSync(join(docs, "durability.md"), "utf8")
      .split(/^- /m)
      .slice(1)
      .map((part) => part.split(/\n\n/)[0] ?? "");
    const titles = statements.map(
      (statement) => /[_*]([^_*]+)[_*]$/.exec(statement.trim().replaceAll(/\s+/g, " "))?.[1],
    );
    expect(titles.length).toBeGreaterThan(20);
    expect(unbacked(titles)).toEqual([]);
  });

  it("is backed by a test, each trap of tigrisfs.md", () => {
    const rows = readFileSync(join(docs, "tigrisfs.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| ") && !/^\| (?:trap|-+|`statCacheTtl`|\d+s) /.test(line));
    const titles = rows.map((row) => /_([^_]+)_ +\|$/.exec(row)?.[1]);
    expect(titles.length).toBeGreaterThan(15);
    expect(unbacked(titles)).toEqual([]);
  });
});
