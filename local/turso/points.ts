import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { databaseAt, endOfLog, type LogPosition } from "./write-log.ts";

/** How long after an answer of a database its log is looked at: what came meanwhile makes one point. */
const PAUSE_MS = 50;

interface Point extends LogPosition {
  /** ms of the cloud's clock: every frame of the position was written before. */
  readonly at: number;
}

/** Restore points of every database: the end of its log of writes, and the time of that observation. The log itself is sqld's. */
export class Points {
  readonly #dir: string;
  readonly #databases: string;
  readonly #clock: () => Date;
  readonly #last = new Map<string, LogPosition>();
  readonly #due = new Map<string, NodeJS.Timeout>();

  /** @param databases sqld's folder with one folder per namespace */
  constructor(dir: string, databases: string, clock: () => Date) {
    this.#dir = dir;
    this.#databases = databases;
    this.#clock = clock;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** It has answered somebody, who may have written. */
  touched(id: string): void {
    if (this.#due.has(id)) return;
    const due = setTimeout(() => {
      this.#due.delete(id);
      void this.note(id);
    }, PAUSE_MS);
    this.#due.set(id, due);
  }

  /** Notes where its log ends now. */
  async note(id: string): Promise<void> {
    const end = await endOfLog(this.#log(id));
    if (end === undefined) return;
    const last = this.#last.get(id);
    if (last?.log === end.log && last.frames >= end.frames) return;
    this.#last.set(id, end);
    const point: Point = { at: this.#clock().getTime(), ...end };
    appendFileSync(this.#file(id), `${JSON.stringify(point)}\n`, { mode: 0o600 });
  }

  /** The last point up to `time`; undefined: none is known that the log still reaches back to. */
  async at(id: string, time: Date): Promise<LogPosition | undefined> {
    await this.note(id);
    const point = this.#points(id).findLast(({ at }) => at <= time.getTime());
    return point !== undefined && point.log === this.#last.get(id)?.log ? point : undefined;
  }

  /** Puts a database as it was where sqld looks for that of a new namespace. */
  async place(id: string, position: LogPosition, newId: string): Promise<boolean> {
    return databaseAt(this.#log(id), position, join(this.#databases, newId, "data"));
  }

  forget(id: string): void {
    clearTimeout(this.#due.get(id));
    this.#due.delete(id);
    this.#last.delete(id);
    rmSync(this.#file(id), { force: true });
  }

  /** Notes what is still due. */
  async close(): Promise<void> {
    const due = [...this.#due];
    for (const [, timer] of due) clearTimeout(timer);
    this.#due.clear();
    await Promise.all(due.map(([id]) => this.note(id)));
  }

  #points(id: string): Point[] {
    if (!existsSync(this.#file(id))) return [];
    const lines = readFileSync(this.#file(id), "utf8").split("\n");
    // A kill may have cut the last line off.
    return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Point);
  }

  #log(id: string): string {
    return join(this.#databases, id, "wallog");
  }

  #file(id: string): string {
    return join(this.#dir, `${id}.jsonl`);
  }
}
