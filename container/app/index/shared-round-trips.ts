/** One transaction: many notes for few round trips, little enough for a server that ends long ones. */
export const TRANSACTION = { statements: 64, bytes: 1024 * 1024 } as const;

/** What somebody wants to have run, all or none. */
interface Member<Statement, Result> {
  readonly statements: readonly Statement[];
  readonly bytes: number;
  resolve(results: Result[]): void;
  reject(reason: unknown): void;
}

interface Parts<Statement, Result> {
  /** Runs statements in one transaction. */
  readonly run: (statements: Statement[]) => Promise<Result[]>;
  /** Whether the statements are at fault, or how many they are, and not the database out of reach. */
  readonly isFaulty: (error: unknown) => boolean;
  readonly bytesOf: (statement: Statement) => number;
  /** How many transactions run at a time. */
  readonly atOnce: number;
  /** How long one waits for the end of one of them; then one more runs. Undefined: till the end. */
  readonly patienceMs?: number;
}

/**
 * Few transactions at a time: what is asked for while they run waits, and runs together in the next, by one round trip. The
 * busier the app, the less each statement costs of the processor then, at both ends. Whoever asks sees what was answered before.
 */
export class SharedRoundTrips<Statement, Result> {
  readonly #parts: Parts<Statement, Result>;
  #waiting: Member<Statement, Result>[] = [];
  #running = 0;
  #isPatient = false;

  constructor(parts: Parts<Statement, Result>) {
    this.#parts = parts;
  }

  /** Answers when the statements have run, in the order in which they were asked for. Throws what `run` throws. */
  async add(statements: readonly Statement[]): Promise<Result[]> {
    const bytes = statements.reduce((sum, statement) => sum + this.#parts.bytesOf(statement), 0);
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
    this.#waiting.push({ statements, bytes, resolve, reject });
    if (this.#running < this.#parts.atOnce) void this.#untilNobodyWaits();
    else if (this.#parts.patienceMs !== undefined && !this.#isPatient) this.#waitAtMost(this.#parts.patienceMs);
    return promise;
  }

  #waitAtMost(ms: number): void {
    this.#isPatient = true;
    setTimeout(() => {
      this.#isPatient = false;
      void this.#untilNobodyWaits();
    }, ms);
  }

  async #untilNobodyWaits(): Promise<void> {
    this.#running += 1;
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) await this.#together(group);
    this.#running -= 1;
  }

  /** Those who have waited longest, as many as one transaction takes; one at least. */
  #nextGroup(): Member<Statement, Result>[] {
    let [count, statements, bytes] = [0, 0, 0];
    for (const member of this.#waiting) {
      statements += member.statements.length;
      bytes += member.bytes;
      if (count > 0 && (statements > TRANSACTION.statements || bytes > TRANSACTION.bytes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #together(group: readonly Member<Statement, Result>[]): Promise<void> {
    try {
      const results = await this.#parts.run(group.flatMap(({ statements }) => statements));
      let from = 0;
      for (const { statements, resolve } of group) resolve(results.slice(from, (from += statements.length)));
    } catch (error) {
      if (group.length > 1 && this.#parts.isFaulty(error)) {
        // Nothing has taken place: by themselves, only the one with the fault fails.
        for (const member of group) await this.#together([member]);
        return;
      }
      // Those who wait would wait for as long again for a database that is out of reach.
      const behind = this.#parts.isFaulty(error) ? [] : this.#waiting.splice(0);
      for (const { reject } of [...group, ...behind]) reject(error);
    }
  }
}
