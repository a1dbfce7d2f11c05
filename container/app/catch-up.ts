import { setTimeout as sleep } from "node:timers/promises";

import { type Log, reasonOf } from "./log.ts";
import type { ReindexReport } from "./reindex.ts";

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 30_000;

/** Keeps the index up to date: one reindex at a time, and again until one has succeeded since the last doubt. */
export class CatchUp {
  readonly #work: (full: boolean, signal: AbortSignal) => Promise<ReindexReport>;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #doubts = 0;
  #settled = 0;
  #running: Promise<unknown> = Promise.resolve();
  #next: { readonly full: boolean; readonly run: Promise<ReindexReport> } | undefined;
  #loop: Promise<void> | undefined;
  #last: ReindexReport | undefined;

  constructor(work: (full: boolean, signal: AbortSignal) => Promise<ReindexReport>, log: Log) {
    this.#work = work;
    this.#log = log;
  }

  /** Whether the index says what the files said after the last doubt. */
  get isCurrent(): boolean {
    return this.#settled === this.#doubts;
  }

  /** What the last reindex did. */
  get last(): ReindexReport | undefined {
    return this.#last;
  }

  /** Says that the index may be behind the files: reindexes in the background until that is over. */
  doubt(): void {
    this.#doubts += 1;
    this.#loop ??= this.#untilCurrent().finally(() => {
      this.#loop = undefined;
      if (!this.isCurrent && !this.#stop.signal.aborted) this.doubt();
    });
  }

  /** Reindexes all that is in the files by now. Whoever asks while one is waiting to begin gets that one's report. */
  async run(full: boolean): Promise<ReindexReport> {
    if (this.#next !== undefined && (this.#next.full || !full)) return this.#next.run;
    const run = this.#running.then(async () => {
      if (this.#next?.run === run) this.#next = undefined;
      return this.#once(full);
    });
    this.#next = { full, run };
    this.#running = run.catch(() => undefined);
    return run;
  }

  /** Looks for changes made elsewhere, again and again. */
  every(intervalMs: number): void {
    const timer = setInterval(() => {
      if (this.#loop === undefined) this.doubt();
    }, intervalMs);
    this.#stop.signal.addEventListener("abort", () => {
      clearInterval(timer);
    });
  }

  /** Ends what runs, soon. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#loop, this.#running]);
  }

  async #once(full: boolean): Promise<ReindexReport> {
    const doubts = this.#doubts;
    this.#stop.signal.throwIfAborted();
    const report = await this.#work(full, this.#stop.signal);
    this.#settled = Math.max(this.#settled, doubts);
    this.#last = report;
    const { odd, ...numbers } = report;
    this.#log("info", "reindexed", { full, ...numbers, odd: odd.length });
    return report;
  }

  async #untilCurrent(): Promise<void> {
    const { signal } = this.#stop;
    const isOver = () => this.isCurrent || signal.aborted;
    for (let delay = FIRST_DELAY_MS; !isOver(); delay = Math.min(delay * 2, LAST_DELAY_MS)) {
      try {
        await this.run(false);
      } catch (error) {
        if (isOver()) return;
        this.#log("warn", "reindex-failed", { reason: reasonOf(error), again: delay });
        await sleep(delay, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
