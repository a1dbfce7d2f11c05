import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { makeFolder } from "./made-folder.ts";
import { unwritable } from "./unwritable.ts";

/** A lock that one process holds. It ends with the process, even after a kill. */
export interface ExclusiveLock {
  release(): void;
}

// SQLite's result codes (sqlite.org/rescode.html); the low byte of an extended one is the primary one.
const BUSY = 5;
const NO_DATABASE = [11, 26];

/**
 * Takes the lock of this file, or reports that another process holds it. The lock is an open SQLite transaction, which the
 * kernel releases. A file that is not a database is created again, because it contains no data. Throws NO_SPACE and
 * NOT_WRITABLE.
 */
export function exclusiveLock(path: string): ExclusiveLock | "held" {
  try {
    makeFolder(dirname(path), 0o700);
    return take(path);
  } catch (error) {
    const code = primaryCode(error);
    if (code === BUSY) return "held";
    if (code === undefined || !NO_DATABASE.includes(code)) throw unwritable(path, error);
    rmSync(path, { force: true });
    return take(path);
  }
}

function take(path: string): ExclusiveLock {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release: () => {
      lock.close();
    },
  };
}

function primaryCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}
