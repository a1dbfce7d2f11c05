/** Runs work on the same subject one after the other, on different subjects at the same time. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<Result>(subject: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(subject);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(subject, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(subject) === mine) this.#last.delete(subject);
    }
  }
}
