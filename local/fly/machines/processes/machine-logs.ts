import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes after which a log is put aside; the one before it is kept, the one before that is gone. */
const MOST_BYTES = 1024 * 1024;
/** A line without an end is cut here. */
const MOST_LINE = 16 * 1024;
/** Shorter ones are found by chance in any text. */
const LEAST_SECRET = 6;

type Listener = (line: string) => void;

/** What machines write, a file each, every line with its time. Values of secrets are struck out. */
export class MachineLogs {
  readonly #dir: string;
  readonly #clock: () => Date;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(dir: string, clock: () => Date) {
    this.#dir = dir;
    this.#clock = clock;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Takes in the output of one run of a machine, chunk by chunk. */
  writer(machine: string, secrets: Iterable<string>): { write(chunk: string): void; end(): void } {
    const hidden = [...secrets].flatMap((value) => value.split("\n")).filter((value) => value.length >= LEAST_SECRET);
    let rest = "";
    const put = (lines: readonly string[]) => {
      if (lines.length > 0)
        this.#append(
          machine,
          lines.map((line) => without(hidden, line)),
        );
    };
    return {
      write(chunk) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > MOST_LINE) {
          lines.push(rest);
          rest = "";
        }
        put(lines);
      },
      end() {
        put(rest === "" ? [] : [rest]);
        rest = "";
      },
    };
  }

  /** A line of the embedded cloud's own. */
  say(machine: string, line: string): void {
    this.#append(machine, [`embedded cloud: ${line}`]);
  }

  /** The last lines, oldest first. */
  last(machine: string, count: number): string[] {
    const files = [`${this.#path(machine)}.1`, this.#path(machine)].filter((path) => existsSync(path));
    const lines = files.flatMap((path) => readFileSync(path, "utf8").split("\n").slice(0, -1));
    return count === 0 ? [] : lines.slice(-count);
  }

  /** Hears of every line from now on. Answers how to stop. */
  follow(machine: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(machine) ?? new Set();
    this.#listeners.set(machine, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  #append(machine: string, lines: readonly string[]): void {
    const at = this.#clock().toISOString();
    const dated = lines.map((line) => `${at} ${line}`);
    const path = this.#path(machine);
    appendFileSync(path, dated.map((line) => `${line}\n`).join(""), { mode: 0o600 });
    if (statSync(path).size > MOST_BYTES) renameSync(path, `${path}.1`);
    for (const listener of this.#listeners.get(machine) ?? []) for (const line of dated) listener(line);
  }

  #path(machine: string): string {
    return join(this.#dir, `${machine}.log`);
  }
}

function without(hidden: readonly string[], line: string): string {
  return hidden.reduce((text, secret) => text.replaceAll(secret, "***"), line);
}

/**
 * The lines of several machines by the time that each begins with. Those of one machine stay in the order they were written in,
 * also where its clock was set back meanwhile: a line counts as no older than the one before it. Pure.
 */
export function inOrderOfTime(logs: readonly (readonly string[])[]): string[] {
  const timed = logs.flatMap((lines) => {
    let at = "";
    return lines.map((line) => {
      const time = line.slice(0, line.indexOf(" "));
      if (time > at) at = time;
      return { at, line };
    });
  });
  return timed.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)).map(({ line }) => line);
}
