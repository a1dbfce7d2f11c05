import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * In which order a change is made and made durable.
 *
 * `file-system`: the new content is on disk before it gets its name, and the name is on disk before the call returns.
 *
 * `object-store` (TigrisFS): a new file that is renamed before it was ever uploaded goes up once, under its last name, in
 * one request that happens wholly or not at all, and fsync tells how that went. The other order uploads it under the
 * temporary name; the rename is then a copy and a deletion some time later, which a killed TigrisFS never makes, and
 * fsync of a directory waits for everybody's files and hides their errors.
 */
export type DurableOrder = "file-system" | "object-store";

/** The order for a file system, by the kernel's name of it. */
export function orderFor(fileSystem: string | undefined): DurableOrder {
  return fileSystem === "fuse.tigrisfs" ? "object-store" : "file-system";
}

/** The name of a temporary file beside `path`: hidden, and no name a note can have. */
export const TEMPORARY_NAME = /^\..*\.tmp$/;

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/**
 * Replaces or creates a file: others see the old content or the new one, never part of it. When this returns, the new
 * content survives a crash; when it throws, either may be there. Answers the file's status.
 */
export async function writeDurably(path: string, content: Uint8Array, order: DurableOrder) {
  const temporary = temporaryBeside(path);
  const file = await create(temporary);
  try {
    await file.writeFile(content);
    if (order === "file-system") await file.sync();
    await rename(temporary, path);
    if (order === "file-system") await syncFolder(dirname(path));
    else await file.sync();
    return await file.stat({ bigint: true });
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

/** Removes a file for good. Throws ENOENT where there is none. */
export async function removeDurably(path: string, order: DurableOrder): Promise<void> {
  if (order === "file-system") {
    await unlink(path);
    return syncFolder(dirname(path));
  }
  // fsync of the removed file itself waits for its deletion in the bucket, and tells of a failure.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await unlink(path);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    await syncFolder(dirname(dirname(path)));
    return open(path, "wx", 0o644);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
