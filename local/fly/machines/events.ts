import { ulid } from "../identifiers.ts";
import type { Exit } from "./runner.ts";

/** An entry of a machine's history, as Fly shows it (spec `MachineEvent`). */
export interface MachineEvent {
  readonly id: string;
  readonly type: "launch" | "start" | "exit" | "stop" | "suspend" | "restart" | "update" | "destroy";
  readonly status: string;
  readonly source: "user" | "flyd";
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly request?: object;
}

/** How many events of a machine are kept. */
const KEPT = 100;

/** The history with one more entry in front. */
export function recorded(
  history: readonly MachineEvent[],
  event: Omit<MachineEvent, "id" | "timestamp">,
  now: Date,
): MachineEvent[] {
  return [{ id: ulid(now), timestamp: now.getTime(), ...event }, ...history].slice(0, KEPT);
}

/** The `request` of an exit event. */
export function exitRequest(exit: Exit, requested: boolean, now: Date, restarts: number): object {
  return {
    exit_event: {
      exit_code: exit.code ?? -1,
      guest_exit_code: exit.code ?? 0,
      guest_signal: exit.signal ?? -1,
      signal: exit.signal ?? -1,
      oom_killed: exit.outOfMemory,
      requested_stop: requested,
      exited_at: now.toISOString(),
    },
    restart_count: restarts,
  };
}
