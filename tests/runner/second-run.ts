import { outcomeOfJest, type JestReport } from "./jest-report.ts";
import type { Outcome } from "./outcome.ts";

/** More files than this fail together for a reason: they are not run again. */
const MOST_FILES = 5;

/** The files that failed and are run once more, alone: on a crowded computer a wait may have been too short. */
export function filesToRunAgain({ testResults }: JestReport): string[] {
  const failed = testResults.filter(({ status }) => status === "failed").map(({ name }) => name);
  return failed.length <= MOST_FILES ? failed : [];
}

/** What both runs come to: of a file that ran twice its second run counts, and what failed only in the first is named. */
export function outcomeOfBoth(first: JestReport, second: JestReport, projectDir: string): Outcome {
  const twice = new Set(second.testResults.map(({ name }) => name));
  const counted = [...first.testResults.filter(({ name }) => !twice.has(name)), ...second.testResults];
  const outcome = outcomeOfJest({ testResults: counted }, projectDir);
  const failed = new Set(outcome.failed.map(({ what }) => what));
  const unsteady = outcomeOfJest(first, projectDir).failed.filter(({ what }) => !failed.has(what));
  return { ...outcome, unsteady };
}
