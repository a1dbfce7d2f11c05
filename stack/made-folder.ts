import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { unwritable } from "./unwritable.ts";

/**
 * Creates a folder that the user named, and its parents. Node's own `recursive` never returns if an existing folder refuses a
 * new one with ENOENT, as /proc and some network file systems do. Throws NO_SPACE, NOT_WRITABLE.
 *
 * @param mode of each created folder
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
