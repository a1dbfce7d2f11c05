import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * The name of a process as its kernel has it; undefined when there is none, while it ends, and when it has ended and only waits
 * to be buried.
 *
 * @param proc where a kernel like Linux shows its processes; where there is no such folder, as on macOS, `ps` is asked
 */
export function runningName(pid: number, proc = "/proc"): string | undefined {
  return existsSync(`${proc}/self`) ? ofKernel(pid, proc) : ofPs(pid);
}

function ofKernel(pid: number, proc: string): string | undefined {
  return kernelRecord(String(pid), proc)?.name;
}

/** This bit of a process's flags says that it ends (PF_EXITING in the kernel's include/linux/sched.h). */
const IS_ENDING = 0x4;

/**
 * What Linux says of a process: its name, and when it began, in the kernel's ticks. Undefined when there is none, when it has
 * ended and only waits to be buried, and while it ends. An ending process runs nothing any more and its environment cannot be
 * read, but it keeps its number until the kernel has taken back its memory.
 */
export function kernelRecord(
  pid: string,
  proc = "/proc",
): { readonly name: string; readonly start: string } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`${proc}/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // `pid (name) state …`, the name with whatever is in it. State, flags and start are its fields 3, 9 and 22.
  const [, name, rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  const fields = rest.split(" ");
  const [state, flags, start] = [fields[0], Number(fields[6]), fields[19]];
  if (name === undefined || start === undefined || state === "Z" || (flags & IS_ENDING) !== 0) return undefined;
  return { name, start };
}

/** Throws when there is no `ps`: what cannot be asked about is not gone. */
function ofPs(pid: number): string | undefined {
  const { error, stdout } = spawnSync("ps", ["-p", String(pid), "-o", "stat=", "-o", "comm="], { encoding: "utf8" });
  if (error !== undefined) throw error;
  const [, state = "", name] = /^(\S+)\s+(.*)$/m.exec(stdout.trim()) ?? [];
  // On macOS the name is the program's path.
  return name === undefined || state.startsWith("Z") ? undefined : basename(name);
}
