import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const PROJECT = join(import.meta.dirname, "../..");
/** Words that this test keeps out of every other file, and the words of the field that say it. */
const RETIRED: readonly (readonly [pattern: string, instead: string])[] = [
  ["mend(s|ed|ing)?", "fix"],
  ["behind our back", "outside tenantry"],
  ["nobody knows", "say what could not be read"],
  ["farewell", "died while …"],
  ["key book", "keys of a backend"],
  ["goners?", "what is to be deleted"],
];

/** The lines of the project's own files in which this occurs as a word. */
function linesWith(pattern: string): string[] {
  try {
    const found = execFileSync(
      "git",
      ["grep", "-nwiE", pattern, "--", ".", ":!package-lock.json", ":!tests/docs/plain-words.test.ts"],
      { cwd: PROJECT, encoding: "utf8" },
    );
    return found.trim().split("\n");
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

describe("a private word that has a plain one", () => {
  it.each(RETIRED)("is not written any more: %s (%s)", (pattern) => {
    expect(linesWith(pattern)).toEqual([]);
  });
});
