import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { OWN_FOLDER } from "./sync-base.ts";

/** Works in the folder alone. A mark that a killed run has left is taken over. Throws SYNC_BUSY. */
export async function alone<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
  const mark = join(dir, OWN_FOLDER, "busy");
  mkdirSync(join(dir, OWN_FOLDER), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(mark, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const pid = Number(readFileSync(mark, "utf8"));
    if (isAlive(pid)) throw new TenantryError(filesErrors.SYNC_BUSY, `process ${pid} works on ${dir}`);
    writeFileSync(mark, String(process.pid));
  }
  try {
    return await work();
  } finally {
    rmSync(mark, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
