import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { atLeast } from "../../tools/at-least.ts";

const script = join(import.meta.dirname, "../../tools/at-least.sh");

function atLeastInShell(minimum: string, version: string): boolean {
  try {
    execFileSync(script, [minimum, version], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.each([
  ["TypeScript", atLeast],
  ["sh", atLeastInShell],
])("in %s, a version", (_language, isAtLeast) => {
  it.each([
    ["22.18", "22.18.0"],
    ["22.18.0", "22.18"],
    ["22.18", "v24.0.0"],
    ["22.18", "22.100.0"],
    ["3.249.0", "v3.259.0"],
    ["3.249.0", "v3.260.0-dev.1234"],
    ["3.249.0", "3.249.0+dirty"],
    ["v3", "3.0.1"],
  ])("at least %s is %s", (minimum, version) => {
    expect(isAtLeast(minimum, version)).toBe(true);
  });

  it.each([
    ["22.18", "22.17.9"],
    ["22.18", "9.99.99"],
    ["22.18", "v20.20.2"],
    ["3.249.0", "v3.248.99"],
    ["3.249.1", "3.249"],
    ["22.18", ""],
    ["22.18", "unknown"],
    ["22.18", "22.x"],
    ["22.18", "24..0"],
    ["22.18", ".24"],
  ])("at least %s is not %s", (minimum, version) => {
    expect(isAtLeast(minimum, version)).toBe(false);
  });
});

describe("The two comparisons", () => {
  const version = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));

  it("order versions as numbers, place by place", () => {
    fc.assert(
      fc.property(version, version, (one, other) => {
        const order = one.localeCompare(other, "en", { numeric: true });
        const padded = (text: string) => [...text.split("."), "0", "0", "0"].slice(0, 4).join(".");
        const expected = order === 0 || padded(one).localeCompare(padded(other), "en", { numeric: true }) >= 0;
        expect(atLeast(other, one)).toBe(expected);
      }),
    );
  });

  it("agree with each other", () => {
    fc.assert(
      fc.property(version, version, (minimum, other) => {
        expect(atLeastInShell(minimum, other)).toBe(atLeast(minimum, other));
      }),
      { numRuns: 60 },
    );
  });
});
