/** Lets work on the same keys happen one after the other, and work on different keys at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<undefined>>();

  /**
   * Does `work` when everything that asked for one of the keys before has ended. All keys are taken at once, so there is no
   * deadlock.
   */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const { promise: mine, resolve: done } = Promise.withResolvers<undefined>();
    for (const key of keys) this.#last.set(key, mine);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      done(undefined);
      for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
