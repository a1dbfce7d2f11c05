import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as /proc shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly argv: readonly string[];
}

/** The living processes that were started for the project whose home is `home`, whoever their parent is by now. */
export function processesOf(home: string): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const environment = procFile(entry, "environ").split("\0");
      if (!environment.includes(`TENANTRY_HOME=${home}`)) return [];
      const [, name = "", state, parent] = /\((.*)\) (.) (\d+)/s.exec(procFile(entry, "stat")) ?? [];
      if (state === undefined || state === "Z") return [];
      const argv = procFile(entry, "cmdline").split("\0").slice(0, -1);
      return [{ pid: Number(entry), parent: Number(parent), name, argv }];
    });
}

/** Whether a process is our provider's plugin, which outlives a killed engine until it sees that nobody asks it any more. */
export const isPlugin = ({ argv }: Process): boolean => argv.some((word) => word.endsWith("provider/main.ts"));

/** Waits until no plugin of the project calls a vendor any more. Throws when one lives on. */
export async function pluginsEnded(home: string): Promise<void> {
  const until = Date.now() + 30_000;
  while (processesOf(home).some(isPlugin)) {
    if (Date.now() > until) throw new Error("a plugin has outlived its engine by 30 s");
    await sleep(50);
  }
}

/** Ends what is left of them, for the end of a test. */
export function endProcessesOf(home: string): void {
  for (const { pid } of processesOf(home)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Empty when the process has ended meanwhile, or is not ours to look into. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
