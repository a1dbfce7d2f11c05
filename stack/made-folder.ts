import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { unwritable } from "./unwritable.ts";

/**
 * Makes a folder that somebody named, and those on the way. Node's own `recursive` never returns where a folder that is there
 * takes no new one by ENOENT, as /proc and some network file systems do. Throws NO_SPACE, NOT_WRITABLE.
 *
 * @param mode of each folder that is made
 */
export function makeFolder(dir: string, mode = 0o777): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const around = dirname(dir);
  if (around !== dir) makeFolder(around, mode);
  try {
    mkdirSync(dir, { mode });
  } catch (cause) {
    const isMadeMeanwhile = statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isMadeMeanwhile) throw unwritable(dir, cause);
  }
}
