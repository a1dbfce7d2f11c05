// `make test`, `make test-deep` and `make lint`: runs every check and test, also when one fails, and ends with a line that CI
// reads. `make test ONLY=…` runs the tests that it names, and no linter.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { runAll } from "./runner/check.ts";
import { jestCheck, lintChecks, testEnvironment } from "./runner/checks.ts";
import { closingLine, failureLines, isGreen, sum } from "./runner/outcome.ts";
import { selection } from "./runner/selection.ts";

const projectDir = join(import.meta.dirname, "..");
const [what = "all", ...words] = process.argv.slice(2);
const jestArgs = what === "only" ? selection(words, projectDir) : words;
const site = { projectDir, env: testEnvironment({ projectDir, env: process.env }) };
const print = (line: string) => console.log(line);

// A nightly run is to show what fails by chance; a selection of somebody who looks at one test too.
const again = jestArgs.length === 0 && site.env["TENANTRY_DEEP"] !== "1";
const tests = what === "lint" ? [] : [jestCheck(site, { args: jestArgs, again })];
// The linters, two at a time, take what the tests leave of the processor while they wait.
const outcomes = await Promise.all([
  runAll(what === "only" ? [] : lintChecks(site), { atOnce: 2, print }),
  runAll(tests, { atOnce: 1, print }),
]);

const total = sum(outcomes.flat());
print("");
for (const { title, reason } of total.skipped) print(`skipped: ${title}: ${reason}`);
const told = [
  ...total.unsteady.flatMap((failure) => failureLines("failed first, passed when run again", failure)),
  ...total.failed.flatMap((failure) => failureLines("failed", failure)),
];
for (const line of told) print(line);

// .ci/run prints the line itself, after whatever make has to say.
const closingFile = process.env["TENANTRY_CLOSING_LINE"];
if (closingFile === undefined) print(closingLine(total));
else writeFileSync(closingFile, `${closingLine(total)}\n`);
process.exitCode = isGreen(total) ? 0 : 1;
