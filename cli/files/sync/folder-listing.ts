import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { atOnce } from "./at-once.ts";
import { type Base, OWN_FOLDER } from "./sync-base.ts";
import type { Listing, Version } from "./version.ts";

/** A file of the folder. */
export interface LocalFile extends Version {
  /** When its node was last changed: milliseconds. */
  readonly changed: number;
}

/** All files below `dir` with their MD5; an absent folder is empty. Links and special files are not carried. */
export async function listFolder(dir: string, base: Base): Promise<Listing<LocalFile>> {
  const skipped = new Map<string, string>();
  const paths: string[] = [];
  await walk(dir, "", { skipped, paths });
  const files = await atOnce(paths, async (path): Promise<[string, LocalFile]> => {
    const { size, ctimeMs: changed } = await lstat(join(dir, path));
    const known = base.get(path);
    const isUnchanged = known?.size === size && known.changed === changed;
    return [path, { size, changed, id: (isUnchanged ? known.local : undefined) ?? (await md5Of(join(dir, path))) }];
  });
  return { files: new Map(files), skipped };
}

async function walk(
  dir: string,
  below: string,
  found: { readonly skipped: Map<string, string>; readonly paths: string[] },
): Promise<void> {
  const entries = await readdir(join(dir, below), { withFileTypes: true }).catch((error: unknown) => {
    if (below === "" && (error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (path === OWN_FOLDER) continue;
    if (entry.isDirectory()) await walk(dir, path, found);
    else if (!entry.isFile()) found.skipped.set(path, entry.isSymbolicLink() ? "a link" : "not a regular file");
    else if (entry.name.includes("\n")) found.skipped.set(path, "a line break in its name");
    else found.paths.push(path);
  }
}

/** MD5 of a file in hex: not for safety, but because it is what an ETag is. */
export async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
