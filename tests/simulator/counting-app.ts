import { type Bucket, storedObject } from "./vendors/tigris.ts";
import type { Database } from "./vendors/turso.ts";
import { runs, type VirtualTime } from "./virtual-time.ts";

const KEY = "count";
/** Milliseconds from one write to the next. */
const WRITE_MS = 25;

/** An app that counts: in a file and then in a row about it, again and again. A row that is refused it writes once it can. */
export class CountingApp {
  readonly #time: VirtualTime;
  readonly #bucket: Bucket;
  readonly #database: Database;
  readonly #rows: { readonly at: number; readonly count: number }[] = [];
  #count = 0;
  #isStopped = false;

  constructor(time: VirtualTime, bucket: Bucket, database: Database) {
    this.#time = time;
    this.#bucket = bucket;
    this.#database = database;
  }

  start(): void {
    runs.exit(() => {
      this.#writeFile();
    });
  }

  /** Its file goes with it, so that it leaves nothing behind. */
  stop(): void {
    this.#isStopped = true;
    this.#bucket.objects.delete(KEY);
  }

  /** How many writes the file is before the row in what was kept of both. Undefined: nothing was. */
  apart(version: string, at: number): number | undefined {
    const kept = this.#bucket.snapshots.get(version)?.get(KEY);
    const row = this.#rows.findLast((each) => each.at <= at);
    return kept === undefined ? undefined : kept.size - (row?.count ?? 0);
  }

  #writeFile(): void {
    if (this.#isStopped) return;
    this.#count += 1;
    // As many bytes as it has counted.
    this.#bucket.objects.set(KEY, storedObject("x".repeat(this.#count), this.#time.now()));
    this.#time.after(WRITE_MS, () => {
      this.#writeRow();
    });
  }

  #writeRow(): void {
    if (this.#isStopped) return;
    const isWritten = !this.#database.configuration.block_writes;
    if (isWritten) this.#rows.push({ at: this.#time.now(), count: this.#count });
    this.#time.after(WRITE_MS, () => {
      if (isWritten) this.#writeFile();
      else this.#writeRow();
    });
  }
}
