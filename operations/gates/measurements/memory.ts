import { quantile } from "../../engine/quantile.ts";
import type { Gate, Measured } from "../gate.ts";
import { loaded } from "../load.ts";
import { type Memory, memoryOf } from "../machine-memory.ts";
import type { Measurement } from "../measurement.ts";
import { withMachine } from "../with-machine.ts";

const GATE: Gate = {
  id: "mount.memory",
  phase: "1 server-side mount",
  name: "Memory of a machine",
  question: "How much memory does a machine use, idle and after 300 notes?",
  unit: "MiB",
  good: "below",
  cannotTell: "the memory of a Fly machine's firmware and kernel.",
};

const USERS = 8;

/** Reads what the processes of fresh machines take: at the first answer, and when notes were written and read. */
export const memoryMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, { quick, tell, signal }) {
    const [runs, notes] = quick ? [1, 20] : [5, 300];
    const idle: Memory[] = [];
    const used: Memory[] = [];
    let errors = 0;
    for (let run = 0; run < runs && !signal.aborted; run += 1) {
      tell(`memory: machine ${run + 1} of ${runs}`);
      await withMachine(scratch, { files: "bucket", index: "sqlite" }, { quick }, async ({ id, url }) => {
        idle.push(memoryOf(id));
        const load = await loaded(url, { users: USERS, count: notes, label: "memory", signal }, ["write", "read"]);
        errors += load.write.errors + load.read.errors;
        used.push(memoryOf(id));
      });
    }
    const how = `${idle.length} machines, proportional set sizes, index in a SQLite file, ${notes} notes written and read, ${USERS} at a time`;
    return { [GATE.id]: memoryGate(idle, used, errors, how) };
  },
};

/** The median of what machines take that were used. Pure. */
export function memoryGate(idle: readonly Memory[], used: readonly Memory[], errors: number, how: string): Measured {
  const samples = used.map(({ machine }) => machine);
  const row = (when: string, all: readonly Memory[]) => [
    when,
    ...(["machine", "tigrisfs", "app"] as const).map((part) =>
      [0, 0.5, 1]
        .map((share) =>
          quantile(
            all.map((each) => each[part]),
            share,
          ).toFixed(0),
        )
        .join(" / "),
    ),
  ];
  const detail = {
    head: ["", ...["the machine", "TigrisFS", "the app"].map((part) => `${part}: min / median / max MiB`)],
    rows: [row("idle", idle), row("after the notes", used)],
  };
  if (errors > 0) return { why: `${errors} requests failed`, samples, how, detail };
  if (samples.includes(0)) return { why: "the processes of the machines cannot be seen", samples: [], how };
  return { value: samples.length === 0 ? undefined : quantile(samples, 0.5), samples, how, detail };
}
