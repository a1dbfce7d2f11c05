/**
 * A difference between a vendor and what its documents say, which the embedded cloud shows. `local/<vendor>/fidelity.ts`
 * exports a vendor's as `fidelity`; docs/embedded-cloud.md lists them.
 */
export interface Difference {
  /** Names the difference: `2`, `F1`. */
  readonly id: string;
  /** What the embedded cloud does now: a sentence. */
  readonly now: string;
  /** The tests that show that our code gets along with it: file, from `tests/`, and title. */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  /** What is still missing, where something is; undefined: done. */
  readonly open?: string;
  /** The first line of the commit's message that fixed our code, for `git log --grep`; undefined where it was right. */
  readonly commit?: string;
}

const numbered = (letter: string, last: number) => Array.from({ length: last }, (_, at) => `${letter}${at + 1}`);

/**
 * What a review of the vendors' clients found different (1 to 29, with 13a), and what strangers' clients met on the embedded
 * cloud: at the S3 address (S), at Turso's (T), at Fly's (F), and in the documents of machines (M). Each is a row.
 */
export const REVIEWED: readonly string[] = [
  ...numbered("", 29),
  "13a",
  ...numbered("S", 9),
  ...numbered("T", 5),
  ...numbered("F", 8),
  "M1",
];
