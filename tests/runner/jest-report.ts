import { relative } from "node:path";

import type { Outcome, Skip } from "./outcome.ts";

/** What `jest --json` writes, as far as we read it. */
export interface JestReport {
  readonly testResults: readonly JestFile[];
}

interface JestFile {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly JestTest[];
}

interface JestTest {
  readonly fullName: string;
  readonly title: string;
  readonly ancestorTitles: readonly string[];
  readonly status: string;
}

/** Counts a report of jest. A file that could not run, or failed outside its tests, counts as one failure. */
export function outcomeOfJest(report: JestReport, projectDir: string): Outcome {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({ test, line: `${relative(projectDir, file.name)}: ${test.fullName}` })),
  );
  const skips = tests
    .filter(({ test }) => !["passed", "failed"].includes(test.status))
    .map(({ test, line }) => ({ title: line, reason: reasonOf(test) }));
  return {
    passed: tests.filter(({ test }) => test.status === "passed").length,
    failed: [
      ...tests.filter(({ test }) => test.status === "failed").map(({ line }) => line),
      ...report.testResults.filter(failedAsAWhole).map(({ name }) => `${relative(projectDir, name)}: the file itself`),
      ...skips.filter(({ reason }) => reason === undefined).map(({ title }) => `${title}: skipped without a reason`),
    ],
    skipped: skips.filter((skip): skip is Skip => skip.reason !== undefined),
  };
}

function failedAsAWhole({ status, assertionResults }: JestFile): boolean {
  return status === "failed" && !assertionResults.some((test) => test.status === "failed");
}

/** The convention of tests/support/skip.ts; a title of a `todo` is its reason. */
function reasonOf({ title, ancestorTitles, status }: JestTest): string | undefined {
  if (status === "todo") return `to do: ${title}`;
  return [title, ...ancestorTitles]
    .map((text) => /\[skipped: (?<reason>[^\]]+)\]$/.exec(text)?.groups?.["reason"])
    .find((reason) => reason !== undefined);
}
