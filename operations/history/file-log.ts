import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

import { makeFolder } from "../../stack/made-folder.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { hashOf } from "./entry.ts";
import { historyErrors } from "./errors.ts";
import type { HistoryLog } from "./log.ts";

/** A log in a file, one line each. The stack's own lock keeps two runs from writing at the same time. */
export function fileLog(path: string, isShared: boolean): HistoryLog {
  const lines = () => readLines(path);
  return {
    where: path,
    isShared,
    lines: () => Promise.resolve(lines()),
    tail: () => {
      const all = lines();
      const last = all.at(-1);
      return Promise.resolve({ count: all.length, hash: last === undefined ? null : hashOf(last) });
    },
    append(tail, added) {
      if (lines().length !== tail.count) return Promise.resolve(false);
      write(path, added);
      return Promise.resolve(true);
    },
  };
}

function readLines(path: string): string[] {
  const text = textOf(path);
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new TenantryError(historyErrors.HISTORY_UNREACHABLE, `cannot read ${path}`, { cause });
  }
}

/** In one write, and on the disk before anything else happens. A line that a crash has cut off stays, as a line of its own. */
function write(path: string, added: readonly string[]): void {
  try {
    makeFolder(dirname(path), 0o700);
    const text = textOf(path);
    const file = openSync(path, "a", 0o600);
    try {
      writeSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${added.join("\n")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof TenantryError) throw cause;
    throw new TenantryError(historyErrors.HISTORY_UNREACHABLE, `cannot write ${path}`, { cause });
  }
}
