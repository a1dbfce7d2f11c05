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
  /** The first line of the commit's message that fixed our code, for `git log --grep`; undefined where it was right. */
  readonly commit?: string;
}
