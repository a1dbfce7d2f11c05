import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { stackErrors } from "../../stack/errors.ts";
import { writeWhole } from "../../stack/whole-file.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-whole-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("a file that is written in one step", () => {
  it("keeps its mode, is made with its folder where it is new, and leaves nothing beside it", () => {
    const file = join(dir, "a.yaml");
    writeFileSync(file, "before");
    chmodSync(file, 0o640);
    // What a killed run has left is in nobody's way.
    writeFileSync(join(dir, ".a.yaml.new"), "half");
    writeWhole(file, "after");
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["after", 0o640]);
    writeWhole(join(dir, "b/c.yaml"), "new");
    expect(readFileSync(join(dir, "b/c.yaml"), "utf8")).toBe("new");
    expect([readdirSync(dir).sort(), readdirSync(join(dir, "b"))]).toEqual([["a.yaml", "b"], ["c.yaml"]]);
  });

  it("is said not to be writable where it is not, and nothing is left beside it", () => {
    const folder = join(dir, "a.yaml");
    mkdirSync(folder);
    expect(() => {
      writeWhole(folder, "text");
    }).toThrow(stackErrors.NOT_WRITABLE.code);
    expect(readdirSync(dir)).toEqual(["a.yaml"]);
  });
});
