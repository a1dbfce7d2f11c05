import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { InStatement, Value } from "@libsql/client";

import { type Log, reasonOf } from "../log.ts";
import { within } from "../within.ts";
import { LAST_MARK } from "./marks.ts";

/** A row by the names of its columns. */
export type NamedRow = Readonly<Record<string, Value>>;

/** A file of this machine that follows the database. */
export interface ReplicaFile {
  /** Fetches what the database has been written to since. */
  sync(): Promise<void>;
  rows(statement: InStatement): Promise<NamedRow[]>;
  close(): Promise<void>;
}

interface Parts {
  /** Makes a file at `path`, empty at first. */
  readonly open: (path: string) => Promise<ReplicaFile>;
  /** A folder of its own; whatever is in it is removed. */
  readonly folder: string;
  /** How old what it shows of other machines' writes may be, in milliseconds. */
  readonly maxAgeMs: number;
  /** Whether the database itself answers: else the file is not at fault. */
  readonly isServerWell: () => Promise<boolean>;
  readonly log: Log;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** How long the first synchronisation may take, which fetches the whole database, and each later one. */
const FIRST_LIMIT_MS = 300_000;
const LIMIT_MS = 30_000;
/** Pauses after a fault, doubled each time. */
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 300_000;
/** The pause after a synchronisation that ended without the last write, longer by as much each time. */
const LAG_PAUSE_MS = 50;
/** So often a synchronisation may end without the last write before the file is taken to be damaged. */
const PATIENCE = 5;

/**
 * A copy of the database in a file of this machine, to read from. It answers only while it is known to have all that this
 * machine has written, and while the last synchronisation is not too long ago: else the database itself has to be asked. It is never
 * trusted to be right by its vendor's word: after each synchronisation it has to show the mark of the last write. A file that
 * does not, or that fails, is thrown away and made anew, and so is any that an earlier run left behind.
 */
export class Replica {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #file: ReplicaFile | undefined;
  #files = 0;
  #expected: number | undefined;
  #shown = -1;
  #asOf = -Infinity;
  #fault: Error | undefined;
  #loop: Promise<void> | undefined;
  #wake = Promise.withResolvers<undefined>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What to read from: the file, while it shows all that this machine has written, and what others have up to `maxAgeMs` ago. */
  get current(): ReplicaFile | undefined {
    const isCurrent = this.#fault === undefined && this.#shows(this.#expected) && this.ageMs <= this.#parts.maxAgeMs;
    return isCurrent ? this.#file : undefined;
  }

  /** Milliseconds since the database was as it shows it; Infinity before it has shown anything. */
  get ageMs(): number {
    return this.#parts.now() - this.#asOf;
  }

  /** For whoever looks at the app from outside. */
  get state(): { readonly current: boolean; readonly ageMs: number | undefined } {
    return {
      current: this.current !== undefined,
      ageMs: Number.isFinite(this.ageMs) ? Math.round(this.ageMs) : undefined,
    };
  }

  /** Begins to follow the database. Safe to repeat. */
  start(): void {
    this.#loop ??= this.#follow();
  }

  /** Whether it is known what it has to show. */
  get isExpecting(): boolean {
    return this.#expected !== undefined;
  }

  /** Says what was last written: it is behind until it shows this mark, and while the mark is unknown. */
  expect(mark: number | undefined): void {
    this.#expected = mark;
    if (mark !== undefined) this.#wake.resolve(undefined);
  }

  /** Reports that the file failed and the database did not: the replica is built again. */
  distrust(file: ReplicaFile, fault: unknown): void {
    if (file !== this.#file) return;
    this.#fault ??= new Error("the file failed, the database did not", { cause: fault });
    this.#wake.resolve(undefined);
  }

  /** Ends it and removes its file. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.resolve(undefined);
    await this.#loop;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const { maxAgeMs } = this.#parts;
    let [pause, misses] = [0, 0];
    await this.#discard();
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const expected = this.#expected;
      try {
        await this.#bringUp();
        misses = expected === undefined || this.#shows(expected) ? 0 : misses + 1;
        if (misses > PATIENCE) throw new Error("it does not show the last write");
        if (misses === 0) pause = 0;
        await this.#awoken(misses === 0 ? maxAgeMs / 2 : LAG_PAUSE_MS * misses);
      } catch (fault) {
        pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LAST_PAUSE_MS);
        misses = 0;
        await this.#giveUp(fault, pause);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
    await this.#discard();
  }

  #shows(mark: number | undefined): boolean {
    return mark !== undefined && this.#shown >= mark;
  }

  /** Opens a file where there is none, and fetches what is new. Throws what hinders it. */
  async #bringUp(): Promise<void> {
    const { folder, open, now, log } = this.#parts;
    const began = now();
    const isFirst = this.#asOf === -Infinity;
    if (this.#file === undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = (this.#file ??= await open(join(folder, `${(this.#files += 1)}.db`)));
    await within(isFirst ? FIRST_LIMIT_MS : LIMIT_MS, file.sync());
    const [row] = await within(LIMIT_MS, file.rows(LAST_MARK));
    if (this.#fault !== undefined) throw this.#fault;
    this.#shown = Number(row?.["number"] ?? -1);
    this.#asOf = began;
    if (isFirst) log("info", "replica", { ms: Math.round(now() - began) });
  }

  /** Waits so long, or until something is expected or distrusted. */
  async #awoken(ms: number): Promise<void> {
    const over = new AbortController();
    const timer = sleep(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.#wake.promise, timer]);
    over.abort();
  }

  async #giveUp(fault: unknown, again: number): Promise<void> {
    const { isServerWell, log } = this.#parts;
    const isAtFault = this.#fault !== undefined || (await isServerWell());
    log("warn", "replica-failed", { reason: reasonOf(fault), discarded: isAtFault, again });
    if (isAtFault) await this.#discard();
  }

  async #discard(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#fault = undefined;
    this.#shown = -1;
    this.#asOf = -Infinity;
    await file?.close();
    // What an earlier run left is no better.
    await rm(this.#parts.folder, { recursive: true, force: true });
  }
}
