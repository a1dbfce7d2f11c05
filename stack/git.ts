import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Git's output; undefined if it is empty or git is not installed. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", args, { cwd });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

/** The commit that a folder is checked out at, and whether the folder is as it is in it. */
export interface CheckedOut {
  readonly sha: string;
  readonly isClean: boolean;
}

/** Undefined outside a repository, and before its first commit. */
export async function checkedOut(cwd: string): Promise<CheckedOut | undefined> {
  // One start of git: both answers come from one look.
  const said = await git(cwd, "status", "--porcelain=v2", "--branch", "--no-ahead-behind", "--", ".");
  const lines = said?.split("\n") ?? [];
  const sha = lines.map((line) => /^# branch\.oid ([0-9a-f]+)$/.exec(line)?.[1]).find((each) => each !== undefined);
  return sha === undefined ? undefined : { sha, isClean: lines.every((line) => line.startsWith("# ")) };
}
