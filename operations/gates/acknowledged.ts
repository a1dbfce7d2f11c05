/** What a note may say: a text, or undefined where it may be gone. */
type Saying = string | undefined;

/**
 * What an app has acknowledged of its notes. A change that got no answer may be there or not: then the note may say either.
 */
export class Acknowledged {
  readonly #sayings = new Map<string, readonly Saying[]>();
  readonly #busy = new Set<string>();

  /** Notes that certainly exist and are not being changed. */
  settled(): string[] {
    return [...this.#sayings]
      .filter(([id, [first, ...more]]) => first !== undefined && more.length === 0 && !this.#busy.has(id))
      .map(([id]) => id);
  }

  /** A change to `saying` is asked for; call what this answers when it has ended. */
  change(id: string, saying: Saying): (isAcknowledged: boolean) => void {
    this.#busy.add(id);
    return (isAcknowledged) => {
      this.#busy.delete(id);
      const before = this.#sayings.get(id) ?? [undefined];
      this.#sayings.set(id, isAcknowledged ? [saying] : [...new Set([...before, saying])]);
    };
  }

  /** Every note that was ever asked for, with all that it may say. */
  all(): ReadonlyMap<string, readonly Saying[]> {
    return this.#sayings;
  }
}
