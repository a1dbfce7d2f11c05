/** What a check or a test run came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: readonly Failure[];
  readonly skipped: readonly Skip[];
  /** What failed first, and passed when it was run once more. */
  readonly unsteady?: readonly Failure[];
}

export interface Failure {
  /** A line: its name. */
  readonly what: string;
  /** What was said of it: lines, of which a few are shown. Empty: nothing. */
  readonly why: string;
}

export interface Skip {
  readonly title: string;
  readonly reason: string;
}

export const passedOnce: Outcome = { passed: 1, failed: [], skipped: [] };

export function failedOnce(what: string, why = ""): Outcome {
  return { passed: 0, failed: [{ what, why }], skipped: [] };
}

export function skippedOnce(title: string, reason: string): Outcome {
  return { passed: 0, failed: [], skipped: [{ title, reason }] };
}

export function sum(outcomes: readonly Outcome[]): Required<Outcome> {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failed: outcomes.flatMap(({ failed }) => failed),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    unsteady: outcomes.flatMap(({ unsteady = [] }) => unsteady),
  };
}

/** Of a long text that many lines are shown: a CI keeps the end of a log only. */
const SHOWN_LINES = 15;

/** What failed and why, for the end of the log. */
export function failureLines(how: string, { what, why }: Failure): string[] {
  const lines = why.trimEnd().split("\n");
  const shown = lines.length > SHOWN_LINES ? [...lines.slice(0, SHOWN_LINES - 1), "…"] : lines;
  return [`${how}: ${what}`, ...(why.trim() === "" ? [] : shown.map((line) => `    ${line}`.trimEnd()))];
}

/** The line that CI reads. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/** Nothing failed, and there was something to pass. */
export function isGreen({ passed, failed }: Outcome): boolean {
  return failed.length === 0 && passed > 0;
}
