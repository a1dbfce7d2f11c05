import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

const FOLDER = join(import.meta.dirname, "../../docs/runbooks");
/** Said for people, or of every command: whichever stack it is, the command is the same. */
const NOT_COMPARED = new Set(["--stack", "--reason"]);

/** The words of each command of tenantry in a runbook that say what it does: the verb, and its options. */
function commandsIn(text: string): string[][] {
  return [...text.matchAll(/npx tenantry ([a-z-]+)([^`\n#;]*)/g)].map(([, verb = "", rest = ""]) => [
    verb,
    ...rest.split(/\s+/).filter((word) => word.startsWith("--") && !NOT_COMPARED.has(word)),
  ]);
}

/** The tests that a runbook names as those that try it, as one text. */
function testsOf(text: string): string {
  const [, named = ""] = /^Tried by: ([^]*)/m.exec(text) ?? [];
  return [...named.matchAll(/\]\(([^)]+\.test\.ts)\)/g)]
    .map(([, path = ""]) => readFileSync(join(FOLDER, path), "utf8"))
    .join("\n");
}

describe("a runbook", () => {
  it.each(readdirSync(FOLDER))("%s is tried as it is written: its tests run each of its commands", (name) => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    const tests = testsOf(text);
    const missing = commandsIn(text).filter((words) => words.some((word) => !tests.includes(`"${word}"`)));
    expect(commandsIn(text).length).toBeGreaterThan(0);
    expect(missing.map((words) => words.join(" "))).toEqual([]);
  });
});
