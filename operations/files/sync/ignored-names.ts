import { readFileSync } from "node:fs";
import { join } from "node:path";

import ignore from "ignore";

import { OWN_FOLDER } from "./carried-names.ts";

/** What programs leave beside the files that people work on, each in its own words. */
const DEFAULTS = [
  ["Vim", ".*.sw[a-p]"],
  ["Emacs, Joe, gedit", "*~", ".#*", "\\#*#"],
  ["Kate", ".*.kate-swp"],
  ["JetBrains", "*___jb_tmp___", "*___jb_old___"],
  ["LibreOffice", ".~lock.*#"],
  ["Microsoft Office", "~$*"],
  ["GNOME", ".goutputstream-*"],
  ["macOS", ".DS_Store", "._*"],
  ["Windows", "Thumbs.db", "desktop.ini"],
  ["browsers", "*.crdownload"],
  ["file systems", ".fuse_hidden*", ".nfs[0-9a-f]*"],
  ["other sync programs", ".syncthing.*.tmp", "~syncthing~*.tmp", ".stfolder/"],
] as const;

/** The default patterns, in the syntax of a .gitignore. */
export const DEFAULT_PATTERNS: readonly string[] = DEFAULTS.flatMap(([, ...patterns]) => patterns);

/** Where a person adds patterns, and takes back defaults by `!pattern`. */
export const IGNORE_FILE = `${OWN_FOLDER}/ignore`;

/** Whether a path is left alone on both sides. A folder ends with `/`. The path is one that can be carried. */
export type Ignores = (path: string) => boolean;

/** By the defaults and the folder's own list. Throws what reading that throws, unless there is none. */
export function ignoresIn(dir: string): Ignores {
  return ignoresBy(ownPatterns(join(dir, IGNORE_FILE)));
}

/** By the defaults and then these patterns, of which the last that fits decides. */
export function ignoresBy(patterns: string): Ignores {
  const rules = ignore({ ignorecase: false }).add(DEFAULT_PATTERNS).add(patterns);
  return (path) => rules.ignores(path);
}

function ownPatterns(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
