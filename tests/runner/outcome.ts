/** What a check or a test run came to. */
export interface Outcome {
  readonly passed: number;
  /** One line each: what failed. */
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
  /** One line each: what failed first, and passed when it was run once more. */
  readonly unsteady?: readonly string[];
}

export interface Skip {
  readonly title: string;
  readonly reason: string;
}

export const passedOnce: Outcome = { passed: 1, failed: [], skipped: [] };

export function failedOnce(what: string): Outcome {
  return { passed: 0, failed: [what], skipped: [] };
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

/** The line that CI reads. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/** Nothing failed, and there was something to pass. */
export function isGreen({ passed, failed }: Outcome): boolean {
  return failed.length === 0 && passed > 0;
}
