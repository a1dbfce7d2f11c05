import { createHash } from "node:crypto";
import { createReadStream, type Dirent, lstatSync, type Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { atOnce } from "./at-once.ts";
import { OWN_FOLDER, shownName, whyNotCarried } from "./carried-names.ts";
import { type Ignores, ignoresBy } from "./ignored-names.ts";
import type { Base, BaseEntry } from "./sync-memory.ts";
import type { Listing, Skipped, Version } from "./version.ts";

/** A file of the folder. */
export interface LocalFile extends Version {
  /** When its node was last changed: milliseconds. */
  readonly changed: number;
}

/**
 * All files below `dir` with their MD5; an absent folder is empty. Links and special files are not carried, and neither is
 * what cannot be read. Throws SYNC_FOLDER_UNUSABLE when the folder itself cannot be read.
 */
export async function listFolder(
  dir: string,
  base: Pick<Base, "get">,
  ignores: Ignores = ignoresBy(""),
): Promise<Listing<LocalFile>> {
  const found: Found = { dir, ignores, skipped: new Map(), ignored: [], paths: [] };
  await walk(found, "", await rootEntries(dir));
  const files = await atOnce(found.paths, async (path): Promise<[string, LocalFile][]> => {
    try {
      return [[path, await fileAt(join(dir, path), base.get(path))]];
    } catch (error) {
      // A user may have removed it since.
      if (!isGone(error)) found.skipped.set(path, unreadable(error));
      return [];
    }
  });
  return { files: new Map(files.flat()), skipped: found.skipped, ignored: found.ignored };
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
  const now = nodeAt(dir, path);
  return now?.ctimeMs === listed?.changed && now?.size === listed?.size;
}

/** What is at a path; undefined when nothing is, also for want of its folder. */
export function nodeAt(dir: string, path: string): Stats | undefined {
  try {
    return lstatSync(join(dir, path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}

interface Found {
  readonly dir: string;
  readonly ignores: Ignores;
  readonly skipped: Map<string, Skipped>;
  readonly ignored: string[];
  readonly paths: string[];
}

type Entries = readonly Dirent<Buffer>[];

const AS_BYTES = { withFileTypes: true, encoding: "buffer" } as const;

async function rootEntries(dir: string): Promise<Entries> {
  try {
    return await readdir(dir, AS_BYTES);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    throw new TenantryError(filesErrors.SYNC_FOLDER_UNUSABLE, `${dir} cannot be read: ${codeOf(cause)}`, { cause });
  }
}

async function walk(found: Found, below: string, entries: Entries): Promise<void> {
  for (const entry of entries) {
    const name = shownName(entry.name);
    const path = below === "" ? name : `${below}/${name}`;
    if (path === OWN_FOLDER) continue;
    // `below` is text that can be carried: the name alone can make it no longer so.
    const reason = whyNotCarried(Buffer.concat([Buffer.from(below === "" ? "" : `${below}/`), entry.name]));
    if (reason !== undefined) found.skipped.set(path, { reason, isRefused: true });
    else if (found.ignores(entry.isDirectory() ? `${path}/` : path)) found.ignored.push(path);
    else if (entry.isDirectory()) await walkInto(found, path);
    else if (entry.isFile()) found.paths.push(path);
    else
      found.skipped.set(path, { reason: entry.isSymbolicLink() ? "a link" : "not a regular file", isRefused: false });
  }
}

async function walkInto(found: Found, folder: string): Promise<void> {
  let entries: Entries;
  try {
    entries = await readdir(join(found.dir, folder), AS_BYTES);
  } catch (error) {
    if (!isGone(error)) found.skipped.set(folder, unreadable(error));
    return;
  }
  await walk(found, folder, entries);
}

function unreadable(error: unknown): Skipped {
  return { reason: `it cannot be read here (${codeOf(error)})`, isRefused: true };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}

/** MD5 of a file in hex: not for safety, but because it is what an ETag is. */
export async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
