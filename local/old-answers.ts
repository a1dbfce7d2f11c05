import type { TakenAnswer } from "./taken-answer.ts";

interface Kept {
  readonly answer: TakenAnswer;
  /** How many changes the vendor had seen when it was given. */
  readonly changes: number;
}

/** What a vendor has answered to calls that change nothing: for the fault of an answer that is as of some time ago. */
export class OldAnswers {
  #changes = 0;
  readonly #kept = new Map<string, readonly Kept[]>();

  changed(): void {
    this.#changes += 1;
  }

  /** `asked`: the same for calls that ask the same. */
  keep(asked: string, answer: TakenAnswer): void {
    const before = this.#kept.get(asked) ?? [];
    this.#kept.set(
      asked,
      [...before.filter(({ changes }) => changes < this.#changes), { answer, changes: this.#changes }].slice(-2),
    );
  }

  /** The newest answer from before the last change. Undefined: there was no such call. */
  before(asked: string): TakenAnswer | undefined {
    return this.#kept.get(asked)?.findLast(({ changes }) => changes < this.#changes)?.answer;
  }

  forget(): void {
    this.#kept.clear();
  }
}
