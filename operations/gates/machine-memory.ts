import { readdirSync, readFileSync } from "node:fs";

/** What the processes of a machine take, in MiB: proportional set sizes. */
export interface Memory {
  readonly machine: number;
  readonly tigrisfs: number;
  readonly app: number;
}

/** Of a machine of the embedded cloud whose app runs in Node; all zero where its processes cannot be seen. */
export function memoryOf(machineId: string): Memory {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(name, "environ").includes(`FLY_MACHINE_ID=${machineId}`))
    .map((pid) => ({
      name: read(pid, "cmdline").split("\0")[0] ?? "",
      kib: Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0),
    }));
  const sum = (name: string) =>
    processes.filter((each) => each.name.startsWith(name)).reduce((all, { kib }) => all + kib, 0) / 1024;
  return { machine: sum(""), tigrisfs: sum("tigrisfs"), app: sum("node") };
}

/** Nothing of a process that has ended meanwhile. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
