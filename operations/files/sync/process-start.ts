import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** When a process started, in words that only compare: no other process of this number has the same. Undefined: it is gone. */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") return onLinux(pid);
  const { status, stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** The boot, and field 22 of /proc/PID/stat: clock ticks since then. The name in field 2 may hold anything. */
function onLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A dead process whose parent has not asked yet.
    if (state === "Z" || state === "X") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[18] ?? ""}`;
  } catch {
    return undefined;
  }
}
