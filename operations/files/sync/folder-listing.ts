import { createHash } from "node:crypto";
import { createReadStream, lstatSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { atOnce } from "./at-once.ts";
import { type Base, type BaseEntry, OWN_FOLDER } from "./sync-base.ts";
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
  const files = await atOnce(paths, async (path): Promise<[string, LocalFile][]> => {
    try {
      return [[path, await fileAt(join(dir, path), base.get(path))]];
    } catch (error) {
      // Whoever works here may have removed it since.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
  return { files: new Map(files.flat()), skipped };
}

/** Kernels tell times in steps of up to 10 ms: of two changes within one step the second would not be noticed. */
const CLOCK_STEP_MS = 20;

async function fileAt(file: string, known: BaseEntry | undefined): Promise<LocalFile> {
  let node = await lstat(file);
  const age = Date.now() - node.ctimeMs;
  if (age >= 0 && age < CLOCK_STEP_MS) {
    await sleep(CLOCK_STEP_MS);
    node = await lstat(file);
  }
  const { size, ctimeMs: changed } = node;
  const isUnchanged = known?.size === size && known.changed === changed;
  return { size, changed, id: (isUnchanged ? known.local : undefined) ?? (await md5Of(file)) };
}

/** Whether a file is still as a listing has found it; undefined: that there still is none. */
export function isAsListed(dir: string, path: string, listed: LocalFile | undefined): boolean {
  const now = lstatSync(join(dir, path), { throwIfNoEntry: false });
  return now?.ctimeMs === listed?.changed && now?.size === listed?.size;
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
