/** One transaction: many notes for few round trips, little enough for a server that ends long ones. */
export const TRANSACTION = { statements: 64, bytes: 1024 * 1024 } as const;

/** What somebody wants committed, all or none. */
interface Member<Statement, Result> {
  readonly statements: readonly Statement[];
  readonly bytes: number;
  resolve(results: Result[]): void;
  reject(reason: unknown): void;
}

interface Parts<Statement, Result> {
  /** Runs statements in one transaction. */
  readonly commit: (statements: Statement[]) => Promise<Result[]>;
  /** Whether one of the statements is at fault, and not the database out of reach. */
  readonly isFaulty: (error: unknown) => boolean;
  readonly bytesOf: (statement: Statement) => number;
}

/**
 * One transaction at a time: what is asked for while one runs waits, and is committed together in the next. A database has
 * one writer at a time anyway. sqld's waiting writers take the processor from the one that writes (`ManagedConnectionWalWrapper`
 * in libsql-server spins): with 50 users at once it ends in hardly any write at all. Together they also share a round trip.
 */
export class GroupCommit<Statement, Result> {
  readonly #parts: Parts<Statement, Result>;
  #waiting: Member<Statement, Result>[] = [];
  #isRunning = false;

  constructor(parts: Parts<Statement, Result>) {
    this.#parts = parts;
  }

  /** Answers when the statements are committed, in the order in which they were asked for. Throws what `commit` throws. */
  async add(statements: readonly Statement[]): Promise<Result[]> {
    const bytes = statements.reduce((sum, statement) => sum + this.#parts.bytesOf(statement), 0);
    const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
    this.#waiting.push({ statements, bytes, resolve, reject });
    if (!this.#isRunning) void this.#untilNobodyWaits();
    return promise;
  }

  async #untilNobodyWaits(): Promise<void> {
    this.#isRunning = true;
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) await this.#together(group);
    this.#isRunning = false;
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
      const results = await this.#parts.commit(group.flatMap(({ statements }) => statements));
      let from = 0;
      for (const { statements, resolve } of group) resolve(results.slice(from, (from += statements.length)));
    } catch (error) {
      if (group.length > 1 && this.#parts.isFaulty(error)) {
        // Nothing was committed: by themselves, only the one with the fault fails.
        for (const member of group) await this.#together([member]);
        return;
      }
      // Those who wait would wait for as long again for a database that is out of reach.
      const behind = this.#parts.isFaulty(error) ? [] : this.#waiting.splice(0);
      for (const { reject } of [...group, ...behind]) reject(error);
    }
  }
}
