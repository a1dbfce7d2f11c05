import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { foldedName, OWN_FOLDER } from "./carried-names.ts";

/** Names that the folder's file system takes for one and the same have the same spelling. */
export type Spelling = (path: string) => string;

/** Of a file system that tells all names apart. */
export const exactly: Spelling = (path) => path;

/**
 * How the file system below `dir` compares names, tried in our own folder there: some take `A` for `a`, some `é` in one
 * character for `é` in two. Where nothing can be tried it counts as exact: a file is then refused only when it is placed.
 */
export function spellingIn(dir: string): Spelling {
  const own = join(dir, OWN_FOLDER);
  if (!existsSync(own)) return exactly;
  return existsSync(join(dir, OWN_FOLDER.toUpperCase())) || composesLetters(own) ? foldedName : exactly;
}

function composesLetters(own: string): boolean {
  const probe = join(own, "caf\u00e9");
  try {
    writeFileSync(probe, "");
    return existsSync(join(own, "cafe\u0301"));
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}
