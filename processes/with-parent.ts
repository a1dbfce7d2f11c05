import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

let isAskable: boolean | undefined;

/**
 * `command` as it is to be started so that the kernel sends it `signal` when this process ends, also by kill -9; util-linux
 * lets us ask for that. Elsewhere it is started as it is, and has to notice by itself. So is one that `path` (PATH) does not
 * have: then `spawn` says what is missing.
 */
export function withParent(
  [command, ...args]: readonly [string, ...string[]],
  { path = "", signal }: { readonly path: string | undefined; readonly signal: "KILL" | "TERM" | "INT" },
): [string, string[]] {
  isAskable ??= spawnSync("setpriv", ["--pdeathsig", "KILL", "--", "true"], { stdio: "ignore" }).status === 0;
  const isThere = command.includes("/")
    ? existsSync(command)
    : path.split(delimiter).some((folder) => existsSync(join(folder, command)));
  return isAskable && isThere ? ["setpriv", ["--pdeathsig", signal, "--", command, ...args]] : [command, args];
}
