import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

import type { Outcome, Skip } from "./outcome.ts";

/** What the runner reads of a run of jest (report-file.ts writes it). */
export interface JestReport {
  readonly testResults: readonly JestFile[];
}

interface JestFile {
  readonly name: string;
  readonly status: string;
  /** Why the file failed, tests and all. */
  readonly message: string;
  readonly assertionResults: readonly JestTest[];
}

interface JestTest {
  readonly fullName: string;
  readonly title: string;
  readonly ancestorTitles: readonly string[];
  readonly status: string;
  /** Each with its stack. */
  readonly failureMessages: readonly string[];
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
      ...tests
        .filter(({ test }) => test.status === "failed")
        .map(({ test, line }) => ({ what: line, why: whyOf(test.failureMessages, projectDir) })),
      ...report.testResults.filter(failedAsAWhole).map(({ name, message }) => ({
        what: `${relative(projectDir, name)}: the file itself`,
        why: whyOf([message], projectDir),
      })),
      ...skips
        .filter(({ reason }) => reason === undefined)
        .map(({ title }) => ({ what: `${title}: skipped without a reason`, why: "" })),
    ],
    skipped: skips.filter((skip): skip is Skip => skip.reason !== undefined),
  };
}

function failedAsAWhole({ status, assertionResults }: JestFile): boolean {
  return status === "failed" && !assertionResults.some((test) => test.status === "failed");
}

/** What the test said, and of its stack the place in our own code. */
function whyOf(messages: readonly string[], projectDir: string): string {
  return messages
    .map((message) => {
      const lines = stripVTControlCharacters(message).trim().split("\n");
      const [place] = lines.filter(
        (line) => isFrame(line) && line.includes(projectDir) && !line.includes("node_modules"),
      );
      const said = lines.filter((line) => line.trim() !== "" && !isFrame(line));
      return [...(place === undefined ? [] : [place.trim()]), ...said].join("\n");
    })
    .join("\n");
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

/** The convention of tests/support/skip.ts; a title of a `todo` is its reason. */
function reasonOf({ title, ancestorTitles, status }: JestTest): string | undefined {
  if (status === "todo") return `to do: ${title}`;
  return [title, ...ancestorTitles]
    .map((text) => /\[skipped: (?<reason>[^\]]+)\]$/.exec(text)?.groups?.["reason"])
    .find((reason) => reason !== undefined);
}
