import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { errorRooms } from "../../docs/generator/error-rooms.ts";
import { withGenerated } from "../../docs/generator/marked-block.ts";
import { vendorTables } from "../../docs/generator/embedded-cloud-tables.ts";
import { generatedPages } from "../../docs/generator/pages.ts";
import { table, cell } from "../../docs/generator/markdown.ts";
import { REVIEWED } from "../../local/fidelity.ts";

const projectDir = join(import.meta.dirname, "../..");

describe("a page made from the code", () => {
  it("is up to date; if not: node docs/generate.ts", async () => {
    const pages = await generatedPages(projectDir);
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "docs/cli.md",
        "docs/errors.md",
        "docs/tenant-file.md",
        "docs/resources.md",
        "docs/policies.md",
        "docs/drift.md",
        "docs/embedded-cloud.md",
        "operations/review/plan.schema.json",
        "operations/drift/drift.schema.json",
      ]),
    );
    for (const { path, text } of pages) expect(readFileSync(join(projectDir, path), "utf8")).toBe(text);
  });

  it("keeps what people wrote before and after the generated block", () => {
    const page = readFileSync(join(projectDir, "docs/errors.md"), "utf8");
    const again = withGenerated(`${page}\nAfterwards.\n`, "anew");
    expect(again.startsWith("# Errors\n")).toBe(true);
    expect(again.endsWith("\nAfterwards.\n")).toBe(true);
    expect(again).toContain("\n\nanew\n\n");
  });

  it("is refused when it has no marks", () => {
    expect(() => withGenerated("# Page\n", "text")).toThrow("no marks");
  });

  it("keeps pipes, line breaks and angle brackets inside their cell", () => {
    expect(cell("a|b <stack> `x|y <z>`\n  next *")).toBe("a\\|b &lt;stack> `x\\|y <z>` next \\*");
    expect(table(["one", "two"], [["1", "2"]])).toBe("| one | two |\n| --- | --- |\n| 1 | 2 |");
  });
});

describe("the errors of all rooms", () => {
  it("have codes that are theirs alone", async () => {
    const codes = (await errorRooms(projectDir)).flatMap(({ kinds }) => kinds.map(({ code }) => code));
    const twice = codes.filter((code, at) => codes.indexOf(code) !== at);
    expect(twice).toEqual([]);
    expect(codes).toEqual(expect.arrayContaining(["STACK_SETTINGS", "TIGRIS_NAME_TAKEN", "FLY_NAME_TAKEN"]));
  });

  it("are sentences, and say what to do next", async () => {
    const kinds = (await errorRooms(projectDir)).flatMap((room) => room.kinds);
    const bad = kinds.filter(({ meaning, next }) => !meaning.endsWith(".") || !/[.)]$/.test(next));
    expect(bad.map(({ code }) => code)).toEqual([]);
  });
});

describe("a difference that the embedded cloud shows", () => {
  it("names tests that there are, and is listed once", async () => {
    const vendors = await vendorTables(projectDir);
    const differences = vendors.flatMap(({ fidelity }) => fidelity);
    const titles = differences.flatMap(({ tests }) => tests);
    const absent = titles.filter(({ file, title }) => {
      const text = readFileSync(join(projectDir, "tests", file), "utf8");
      return ![`"${title}"`, `\`${title}\``, `'${title}'`].some((quoted) => text.includes(quoted));
    });
    expect(absent).toEqual([]);
    expect(differences.filter(({ tests, open }) => tests.length === 0 && open === undefined)).toEqual([]);
    const ids = vendors.flatMap(({ vendor, fidelity }) => fidelity.map(({ id }) => `${vendor} ${id}`));
    expect(ids).toEqual([...new Set(ids)]);
  });

  it("has a row for each that was reviewed, and none twice", async () => {
    const all = (await vendorTables(projectDir)).flatMap(({ fidelity }) => fidelity.map(({ id }) => id));
    expect(REVIEWED.filter((id) => !all.includes(id))).toEqual([]);
    expect(REVIEWED).toHaveLength(30 + 9 + 5 + 8 + 1);
  });

  it("is done, or says in a sentence what is open", async () => {
    const open = (await vendorTables(projectDir)).flatMap(({ fidelity }) => fidelity.flatMap((row) => row.open ?? []));
    expect(open.filter((text) => !/^[A-Z].*\.$/.test(text))).toEqual([]);
  });
});
