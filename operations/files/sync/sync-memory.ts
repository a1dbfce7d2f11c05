import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { OWN_FOLDER } from "./carried-names.ts";
import { replaceFile } from "./durable-file.ts";

const entry = z.object({
  local: z.string().optional(),
  remote: z.string().optional(),
  /** When the local file's node was last changed, and its size: while both are the same, its MD5 needs no reading. */
  changed: z.number().optional(),
  size: z.number().optional(),
});

/** What both sides held of a file when they were last brought together. */
export type BaseEntry = z.infer<typeof entry>;

/** The last common state of a folder and a bucket, by path. Without it nothing tells who has changed a file. */
export type Base = Pick<Map<string, BaseEntry>, "get" | "set" | "delete">;

/** A base that outlives the process. What is set is noted at once, after the fact and path by path. */
export interface SyncMemory extends Base {
  /** Why nothing is remembered although there is a memory: then both sides are compared anew. */
  readonly damage: string | undefined;
  /** Makes durable what was noted. Throws SYNC_FOLDER_UNUSABLE when something could not be noted. */
  flush(): void;
}

/**
 * The memory of a folder and a bucket: a line with all entries, then a line for each that has changed since. A last line
 * that was not written to its end is no fact yet. Anything else that cannot be read makes the whole of it worth nothing:
 * an older entry in the place of a lost one could pass off an edit as seen.
 */
export function openMemory(dir: string, bucket: string): SyncMemory {
  const file = join(dir, OWN_FOLDER, `${bucket}.json`);
  const { entries, damage } = read(file);
  const journal = journalOf(file, entries);
  return {
    damage,
    get: (path) => entries.get(path),
    set(path, value) {
      const known = entries.get(path);
      entries.set(path, value);
      if (JSON.stringify(ordered(known)) !== JSON.stringify(ordered(value))) journal.add([path, value]);
      return entries;
    },
    delete(path) {
      const isKnown = entries.delete(path);
      if (isKnown) journal.add([path]);
      return isKnown;
    },
    flush: journal.flush,
  };
}

/** What is said of a damaged memory. */
export function forgotten(damage: string): string {
  return `the record of the last sync is lost (${damage}): everything is compared, and differences count as conflicts`;
}

function ordered({ local, remote, changed, size }: BaseEntry = {}): unknown[] {
  return [local, remote, changed, size];
}

type Line = readonly [string, BaseEntry] | readonly [string];

/** The folder of ours has to be there. Begins anew with the first line, so that nothing is appended to what is old, damaged or cut off. */
function journalOf(file: string, entries: ReadonlyMap<string, BaseEntry>): { add(line: Line): void; flush(): void } {
  let opened: number | undefined;
  let failure: unknown;
  const begin = () => {
    replaceFile(file, `${JSON.stringify(Object.fromEntries(entries))}\n`);
    return openSync(file, "a");
  };
  return {
    add(line) {
      if (failure !== undefined) return;
      try {
        if (opened === undefined) opened = begin();
        else writeSync(opened, `${JSON.stringify(line)}\n`);
      } catch (error) {
        failure = error;
      }
    },
    flush() {
      try {
        if (opened !== undefined) {
          fsyncSync(opened);
          closeSync(opened);
        }
      } catch (error) {
        failure ??= error;
      }
      opened = undefined;
      if (failure === undefined) return;
      const cause = failure;
      failure = undefined;
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new TenantryError(filesErrors.SYNC_FOLDER_UNUSABLE, `${file} cannot be written: ${code ?? message}`, {
        cause,
      });
    },
  };
}

const snapshot = z.record(z.string(), entry);
const change = z.union([z.tuple([z.string(), entry]), z.tuple([z.string()])]);

function read(file: string): { entries: Map<string, BaseEntry>; damage: string | undefined } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { entries: new Map(), damage: code === "ENOENT" ? undefined : (code ?? message) };
  }
  try {
    return { entries: entriesIn(text), damage: undefined };
  } catch {
    return { entries: new Map(), damage: text === "" ? "it is empty" : "it is damaged" };
  }
}

function entriesIn(text: string): Map<string, BaseEntry> {
  const [first = "", ...changes] = text.split("\n");
  // Behind the last line break there is nothing, or a line that was cut off.
  changes.pop();
  const entries = new Map(Object.entries(snapshot.parse(JSON.parse(first))));
  for (const line of changes) {
    const [path, value] = change.parse(JSON.parse(line));
    if (value === undefined) entries.delete(path);
    else entries.set(path, value);
  }
  return entries;
}
