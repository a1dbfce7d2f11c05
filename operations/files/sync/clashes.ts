import { exactly, type Spelling } from "./file-system-spelling.ts";
import type { Files, Listing } from "./version.ts";

/** The two sides of a sync, as they were listed. */
export interface Sides {
  readonly local: Listing;
  readonly remote: Listing;
}

/**
 * Files that one side has and the other cannot take beside what it has, by path, with the reason: a file against a folder,
 * and names that the folder's file system takes for one.
 */
export function clashes({ local, remote }: Sides, spelling: Spelling = exactly): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const note = (path: string, reason: string | undefined) => {
    if (reason !== undefined && !found.has(path)) found.set(path, reason);
  };
  const [foldersHere, foldersThere] = [foldersAmong(local.files), foldersAmong(remote.files)];
  for (const path of remote.files.keys()) note(path, shapeClash(path, local.files, foldersHere, "here"));
  for (const path of local.files.keys()) note(path, shapeClash(path, remote.files, foldersThere, "in the bucket"));
  if (spelling !== exactly)
    for (const [path, reason] of spellingClashes({ local, remote }, spelling)) note(path, reason);
  return found;
}

function shapeClash(path: string, files: Files, folders: ReadonlySet<string>, where: string): string | undefined {
  if (folders.has(path)) return `a folder has its name ${where}`;
  const file = foldersOf(path).find((folder) => files.has(folder));
  return file === undefined ? undefined : `a file has the name of its folder ${where}: ${file}`;
}

/** What is in the folder keeps its spelling; of what is only in the bucket the first has the name. */
function spellingClashes({ local, remote }: Sides, spelling: Spelling): [string, string][] {
  const spelled = new Map<string, string>();
  const found: [string, string][] = [];
  for (const path of [...local.files.keys(), ...[...remote.files.keys()].sort()]) {
    const parts = [...foldersOf(path), path];
    const other = parts.map((part) => [part, spelled.get(spelling(part)) ?? part]).find(([one, two]) => one !== two);
    const rival = other?.[1];
    if (rival === undefined) {
      for (const part of parts) spelled.set(spelling(part), part);
      continue;
    }
    found.push([path, `this computer treats its name as ${rival}`]);
    // It may be a new file, or the bucket's file with another spelling.
    if (local.files.has(rival) && !remote.files.has(rival))
      found.push([rival, `this computer treats its name as the bucket's ${path}`]);
  }
  return found;
}

/** The folders that hold a path, from the outermost. */
export function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, place) => parts.slice(0, place + 1).join("/"));
}

export function foldersAmong(files: { keys(): Iterable<string> }): Set<string> {
  return new Set([...files.keys()].flatMap(foldersOf));
}
