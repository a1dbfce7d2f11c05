import { closeSync, constants, lstatSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../errors/tenantry-error.ts";
import { makeFolder } from "../stack/made-folder.ts";
import { unwritable } from "../stack/unwritable.ts";
import { outputErrors } from "./errors.ts";

/**
 * Before long work: throws what `writeNamed` would throw after it, NO_SPACE or NOT_WRITABLE. A file that is there stays as it
 * is, and one that is not is not left behind.
 *
 * @param files what the user named; undefined where nothing was
 */
export function refuseUnwritable(...files: readonly (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined) continue;
    orNotWritten(file, () => {
      const found = statSync(file, { throwIfNoEntry: false });
      // A pipe or a device: opening it may wait for its reader, or end it.
      if (found !== undefined && !found.isFile() && !found.isDirectory()) return;
      closeSync(openSync(file, "a"));
      if (found === undefined) rmSync(realpathSync(file));
    });
  }
}

/** Writes the very file that the user named, a link there included. Throws NO_SPACE, NOT_WRITABLE. */
export function writeNamed(file: string, text: string): void {
  orNotWritten(file, () => {
    writeFileSync(file, text);
  });
}

/**
 * Writes a file below a folder of the project and makes the folders on the way; nothing is written outside: a link below
 * `folder` is refused. Gives the file's path. Throws FILE_LEADS_OUT, NO_SPACE, NOT_WRITABLE.
 *
 * @param folder what may be a link only if the user named it
 * @param flag `wx`: nothing is written over
 */
export function writeInside(folder: string, parts: readonly string[], text: string, flag: "w" | "wx" = "w"): string {
  const path = join(folder, ...parts);
  orNotWritten(path, () => {
    for (let depth = 1; depth <= parts.length; depth += 1) refuseLink(join(folder, ...parts.slice(0, depth)));
    makeFolder(join(path, ".."));
    const kind = flag === "wx" ? constants.O_EXCL : constants.O_TRUNC;
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | kind, 0o666);
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
  });
  return path;
}

/** Writes a new file that only its owner can read, for what may hold a secret. Throws SECRET_FILE_EXISTS, NO_SPACE, NOT_WRITABLE. */
export function writeOwnFile(file: string, text: string): void {
  orNotWritten(file, () => {
    try {
      // Never over a file that is there: its mode would stay.
      writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new TenantryError(outputErrors.SECRET_FILE_EXISTS, `${file} already exists`, { cause });
    }
  });
}

/**
 * One rule for whatever prints a secret because it was asked to: a terminal, or a new file that only its owner can read.
 * Throws SECRET_NEEDS_FILE.
 */
export function refuseSecretIntoPipe(out: string | undefined, tenant: string): void {
  if (out !== undefined || process.stdout.isTTY) return;
  throw new TenantryError(outputErrors.SECRET_NEEDS_FILE, "standard output is no terminal", { tenant });
}

function refuseLink(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isSymbolicLink() === true) throw new TenantryError(outputErrors.FILE_LEADS_OUT, `${path} is a link`);
}

function orNotWritten(file: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw unwritable(file, cause);
  }
}
