/**
 * A difference between a vendor and its documents that the embedded cloud reproduces. `local/<vendor>/fidelity.ts`
 * exports a vendor's differences as `fidelity`; docs/embedded-cloud.md lists them.
 */
export interface Difference {
  /** Names the difference: `2`, `F1`. */
  readonly id: string;
  /** What the embedded cloud does now: a sentence. */
  readonly now: string;
  /** The tests that show that our code handles it: file, from `tests/`, and title. */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  /** What is still missing; undefined when it is done. */
  readonly open?: string;
  /** The title of the commit that fixed our code, for `git log --grep`; undefined if our code was right. */
  readonly commit?: string;
}

const numbered = (letter: string, last: number) => Array.from({ length: last }, (_, at) => `${letter}${at + 1}`);

/**
 * The differences that a review of the vendors' clients found (1 to 29, with 13a), and those that other clients found on the
 * embedded cloud: at the S3 address (S), at Turso's (T), at Fly's (F), and in the documents of machines (M). Each is a row.
 */
export const REVIEWED: readonly string[] = [
  ...numbered("", 29),
  "13a",
  ...numbered("S", 9),
  ...numbered("T", 5),
  ...numbered("F", 8),
  "M1",
];
