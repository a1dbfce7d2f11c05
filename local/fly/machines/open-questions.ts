import type { SwitchBoard } from "../../switches.ts";
import type { switches } from "../switches.ts";
import type { Command } from "./life-cycle.ts";
import type { MachineRecord } from "./record.ts";

/** What is open about how Fly moves machines: the switches that `Motion` reads. */
export type OpenQuestions = Pick<SwitchBoard<typeof switches>, "read">;

/** Why a command is refused that Fly's documents allow; undefined when it is not. */
export function refusedAllTheSame(
  machine: MachineRecord,
  command: Command,
  open: OpenQuestions,
  now: Date,
): string | undefined {
  const { state, events } = machine;
  const lastsMs = now.getTime() - (events[0]?.timestamp ?? 0);
  if (command.kind === "start" && state === "created" && lastsMs < open.read("startOfCreatedRefusedMs")) {
    return "unable to start machine from current state: 'created'";
  }
  const neverFlushes = state === "created" || state === "failed";
  if (command.kind === "destroy" && !command.force && neverFlushes && open.read("destroyNeedsForce")) {
    return `unable to destroy machine, not currently stopped (state '${state}'); use force to kill it`;
  }
  return undefined;
}
