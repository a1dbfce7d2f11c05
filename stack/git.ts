import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What git says; undefined when it says nothing, or is not there. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", args, { cwd });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
