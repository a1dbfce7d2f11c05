import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { processStart } from "./process-start.ts";
import { filesErrors } from "../errors.ts";
import { OWN_FOLDER } from "./carried-names.ts";

/** Who works in a folder. A process is known by when it started: its number may be another's by now. */
const holder = z.object({
  pid: z.int().positive(),
  started: z.string().nullable(),
  host: z.string(),
  since: z.string(),
});
type Holder = z.infer<typeof holder>;

/** The lock of a folder, while somebody works in it. */
export function lockFile(dir: string): string {
  return join(dir, OWN_FOLDER, "busy");
}

/**
 * Works in the folder alone. The lock of a process that is no longer there is taken over, and so is one that says nothing.
 * Throws SYNC_BUSY, and SYNC_FOLDER_UNUSABLE where no lock can be written.
 */
export async function alone<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
  const lock = lockFile(dir);
  const mine = writeOwn(dir, `${lock}.${process.pid}`);
  try {
    while (!isTaken(lock, mine)) clear(dir, lock, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function writeOwn(dir: string, file: string): string {
  const own: Holder = {
    pid: process.pid,
    started: processStart(process.pid) ?? null,
    host: hostname(),
    since: new Date().toISOString(),
  };
  try {
    mkdirSync(join(dir, OWN_FOLDER), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(own)}\n`, { flush: true });
    return file;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    rmSync(file, { force: true });
    throw new TenantryError(filesErrors.SYNC_FOLDER_UNUSABLE, `${join(dir, OWN_FOLDER)}: ${code}`, { cause });
  }
}

/** Atomically and with its content, so that no process finds an empty lock. */
function isTaken(lock: string, mine: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    // A file system without hard links.
    return isWritten(lock, mine);
  }
}

function isWritten(lock: string, mine: string): boolean {
  try {
    writeFileSync(lock, readFileSync(mine), { flag: "wx", flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock that no process holds. Throws SYNC_BUSY for a lock that is or may be held. */
function clear(dir: string, lock: string, mine: string): void {
  const found = textOf(lock);
  if (found === undefined) return;
  refuseHeld(dir, found);
  const aside = `${mine}.dead`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Somebody else may have taken over the dead one's place between the look and the step.
  if (textOf(aside) === found) rmSync(aside, { force: true });
  else renameSync(aside, lock);
}

function textOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function refuseHeld(dir: string, text: string): void {
  const { pid, started, host, since } = holderIn(text) ?? {};
  if (pid === undefined || host === undefined) return;
  const who = `process ${pid} on ${host} has used ${dir} since ${since ?? "an unknown time"}`;
  if (host !== hostname())
    throw new TenantryError(filesErrors.SYNC_BUSY, who, {
      next: `Wait until it ends. If that computer no longer runs it, delete ${lockFile(dir)}.`,
    });
  const now = processStart(pid);
  if (now !== undefined && (started === null || started === now)) throw new TenantryError(filesErrors.SYNC_BUSY, who);
}

function holderIn(text: string): Holder | undefined {
  try {
    return holder.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
