/** Holds writes back for a while, so that files and index can be copied as they are at one instant. */
export class Quiet {
  #writing = 0;
  #drained = Promise.withResolvers<undefined>();
  #held: { readonly over: PromiseWithResolvers<undefined>; readonly timer: NodeJS.Timeout } | undefined;

  /** Does `work`; while it is quiet, when that is over. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    while (this.#held !== undefined) await this.#held.over.promise;
    if (this.#writing === 0) this.#drained = Promise.withResolvers<undefined>();
    this.#writing += 1;
    try {
      return await work();
    } finally {
      this.#writing -= 1;
      if (this.#writing === 0) this.#drained.resolve(undefined);
    }
  }

  /**
   * Lets no write begin, and waits until none is under way: true. False: they do not end within `drainMs`, and nothing is
   * held back. It ends by itself after `holdMs`, because the caller may be gone.
   */
  async begin({ drainMs, holdMs }: { readonly drainMs: number; readonly holdMs: number }): Promise<boolean> {
    const over = this.#held?.over ?? Promise.withResolvers<undefined>();
    clearTimeout(this.#held?.timer);
    const held = { over, timer: setTimeout(() => this.end(), holdMs) };
    this.#held = held;
    if (this.#writing === 0) return true;
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), drainMs);
    const isDrained = await Promise.race([this.#drained.promise.then(() => true), late.promise]);
    clearTimeout(timer);
    if (this.#held !== held) return false;
    if (!isDrained) this.end();
    return isDrained;
  }

  /** Lets writes begin again. False: they could before. */
  end(): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    this.#held = undefined;
    clearTimeout(held.timer);
    held.over.resolve(undefined);
    return true;
  }
}
