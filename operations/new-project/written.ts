import { existsSync } from "node:fs";
import { join } from "node:path";

import { writeInside } from "../../output/written-file.ts";

/** What became of each file of a new project. */
export interface Written {
  readonly written: readonly string[];
  /** There before, and left as they are. */
  readonly kept: readonly string[];
}

/** Writes the files below `dir`, which is made. What is there is never written over. Throws FILE_LEADS_OUT, NO_SPACE, NOT_WRITABLE. */
export function writeProject(dir: string, files: Readonly<Record<string, string>>): Written {
  const paths = Object.keys(files);
  const kept = paths.filter((path) => existsSync(join(dir, path)));
  const written = paths.filter((path) => !kept.includes(path));
  for (const path of written) writeInside(dir, path.split("/"), files[path] ?? "", "wx");
  return { written, kept };
}
