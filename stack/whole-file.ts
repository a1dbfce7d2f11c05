import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { makeFolder } from "./made-folder.ts";
import { unwritable } from "./unwritable.ts";

/**
 * Writes a file of the project atomically: a reader sees the old file or the new one, also after a kill or on a full disk. An
 * existing file keeps its mode. Throws NO_SPACE, NOT_WRITABLE.
 */
export function writeWhole(path: string, text: string): void {
  const next = join(dirname(path), `.${basename(path)}.new`);
  try {
    makeFolder(dirname(path));
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o666;
    rmSync(next, { force: true });
    writeFileSync(next, text, { mode: mode & 0o777, flag: "wx" });
    renameSync(next, path);
  } catch (cause) {
    rmSync(next, { force: true });
    throw unwritable(path, cause);
  }
}
