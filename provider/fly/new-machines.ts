import { pollUntil } from "./poll.ts";

/**
 * Milliseconds after Fly has named a machine during which a 404 proves nothing: the Machines API is eventually consistent
 * (flyctl pull request 4618).
 */
const MAY_BE_UNKNOWN_MS = 20_000;

/** Machines that Fly has just told a client of: made by it, or the reason why another one was not. */
export class NewMachines {
  /** When each was told of. */
  readonly #toldAt = new Map<string, number>();

  /** @param machine APP/ID */
  add(machine: string): void {
    for (const [known, toldAt] of this.#toldAt) if (leftOf(toldAt) <= 0) this.#toldAt.delete(known);
    this.#toldAt.set(machine, performance.now());
  }

  /** It is destroyed: from now on a 404 is true. */
  remove(machine: string): void {
    this.#toldAt.delete(machine);
  }

  /** Reads a machine until it is known; undefined once a 404 is reliable. */
  async asked<Answer>(
    machine: string,
    ask: () => Promise<Answer | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<Answer | undefined> {
    const answer = await ask();
    const limitMs = leftOf(this.#toldAt.get(machine));
    return answer !== undefined || limitMs <= 0 ? answer : pollUntil(ask, { limitMs, signal });
  }
}

function leftOf(toldAt: number | undefined): number {
  return toldAt === undefined ? 0 : toldAt + MAY_BE_UNKNOWN_MS - performance.now();
}
