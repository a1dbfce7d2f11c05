import { readdirSync, readFileSync } from "node:fs";

/** How often a second the kernel counts in /proc. */
const TICKS = 100;

/** Seconds of the processor that a process and all that it has started have used. What lives on is counted as it is now. */
export function processorSeconds(pid = process.pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Of itself and of what has ended, each in programs and in the kernel; the name before it may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
    return childrenOf(pid).reduce((sum, child) => sum + processorSeconds(child), own);
  } catch {
    // It has ended meanwhile, or this is no Linux.
    return 0;
  }
}

function childrenOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap((thread) => {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ");
  });
}
