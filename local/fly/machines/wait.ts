import type { Platform } from "../platform.ts";
import { Refusal } from "../refusal.ts";
import { isTransient } from "./life-cycle.ts";
import type { MachineRecord } from "./record.ts";

/** What a client waits for. */
export interface Wish {
  /** Any of these. `settled`: a state that lasts. */
  readonly states: readonly string[];
  /** Only while the machine has this instance id. */
  readonly version: string | undefined;
}

/** Waits until the machine is as wished. Throws a 408 when the time is up, a 503 when the cloud stops meanwhile. */
export async function waitFor(
  { motion }: Platform,
  machine: MachineRecord,
  wish: Wish,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<MachineRecord> {
  if (isAsWished(machine, wish)) return machine;
  const found = Promise.withResolvers<MachineRecord>();
  const unwatch = motion.watch(machine.id, (now) => {
    if (now === undefined) found.reject(new Refusal(503, "unavailable: the machine's host went away"));
    else if (isAsWished(now, wish)) found.resolve(now);
  });
  const late = new Refusal(
    408,
    `deadline_exceeded: timed out waiting for machine to reach state ${wish.states.join(",")}`,
  );
  const timer = setTimeout(() => found.reject(late), timeoutMs);
  const leave = () => found.reject(late);
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await found.promise;
  } finally {
    unwatch();
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

function isAsWished({ state, instanceId }: MachineRecord, wish: Wish): boolean {
  // A destroyed machine is destroyed in every version.
  if (wish.version !== undefined && wish.version !== instanceId && state !== "destroyed") return false;
  return wish.states.some((wished) => (wished === "settled" ? !isTransient(state) : state === wished));
}
