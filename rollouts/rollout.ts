import { type ChangedSetting, changedSettings } from "./change.ts";
import type { Gates, Held, Ring, RolloutFile, Selector } from "./rollout-file.ts";

/** A rollout with every setting filled in. */
export interface Rollout {
  readonly name: string;
  readonly reason?: string;
  readonly change: readonly ChangedSetting[];
  readonly for: Selector;
  readonly ownValues: "leave" | "replace";
  readonly rings: readonly Ring[];
  readonly gates: Gates & { readonly checks: string };
  /** Failed tenants that stop it. */
  readonly halt: number;
  /** Machines that restart at a time. */
  readonly atATime: number;
  readonly hold: readonly Held[];
}

/** Fills in what the file leaves open. Pure. */
export function resolveRollout(name: string, file: RolloutFile): Rollout {
  return {
    name,
    ...(file.reason === undefined ? {} : { reason: file.reason }),
    change: changedSettings(file.change),
    for: file.for ?? {},
    ownValues: file.ownValues ?? "leave",
    rings: file.rings,
    gates: { ...file.gates, checks: file.gates?.checks ?? "10m" },
    halt: file.halt ?? 3,
    atATime: file.atATime ?? 1,
    hold: file.hold ?? [],
  };
}

/** A ring's name, as people and records call it: `canary`, `5%`, `rest`. */
export function nameOfRing(ring: Ring): string {
  return typeof ring === "string" ? ring : "canary";
}
