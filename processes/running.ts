import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * The name of a process as its kernel has it; undefined when there is none, or when it has ended and only waits to be buried.
 *
 * @param proc where a kernel like Linux shows its processes; where there is no such folder, as on macOS, `ps` is asked
 */
export function runningName(pid: number, proc = "/proc"): string | undefined {
  return existsSync(`${proc}/self`) ? ofKernel(pid, proc) : ofPs(pid);
}

function ofKernel(pid: number, proc: string): string | undefined {
  try {
    // `pid (name) state …`, the name with whatever is in it.
    const [, name, state] = /\((.*)\) (.)/s.exec(readFileSync(`${proc}/${pid}/stat`, "utf8")) ?? [];
    return state === "Z" ? undefined : name;
  } catch {
    return undefined;
  }
}

/** Throws when there is no `ps`: what cannot be asked about is not gone. */
function ofPs(pid: number): string | undefined {
  const { error, stdout } = spawnSync("ps", ["-p", String(pid), "-o", "stat=", "-o", "comm="], { encoding: "utf8" });
  if (error !== undefined) throw error;
  const [, state = "", name] = /^(\S+)\s+(.*)$/m.exec(stdout.trim()) ?? [];
  // On macOS the name is the program's path.
  return name === undefined || state.startsWith("Z") ? undefined : basename(name);
}
