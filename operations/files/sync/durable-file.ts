import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a file as a whole or not at all, so that neither a killed process nor a lost current leaves half of it. */
export function replaceFile(file: string, text: string): void {
  const beside = `${file}.new`;
  const opened = openSync(beside, "w", 0o600);
  try {
    writeSync(opened, text);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  renameSync(beside, file);
  syncFolder(dirname(file));
}

/** Makes the names in a folder durable, where the file system can. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } catch (error) {
    // Some network and FUSE file systems sync no folders.
    if (!["EINVAL", "ENOTSUP", "ENOSYS", "EISDIR", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  } finally {
    closeSync(opened);
  }
}

/** Makes the content of a file durable. */
export function syncFile(file: string): void {
  const opened = openSync(file, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
