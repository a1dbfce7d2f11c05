import type { Tell } from "../../output/progress.ts";
import type { Gate, Measured } from "./gate.ts";
import type { ScratchTenants } from "./scratch-tenants.ts";

export interface Scope {
  /** Small: shows that the measurement works, and is no answer. */
  readonly quick: boolean;
  /** How long a load lasts that is no quick one. */
  readonly minutes: number;
  readonly tell: Tell;
  /** Aborted: it is to stop. */
  readonly signal: AbortSignal;
}

/** One piece of work that answers one gate or several. */
export interface Measurement {
  readonly gates: readonly Gate[];
  /** Needs machines that run; else it only calculates. */
  readonly needsCloud: boolean;
  /** By the ids of its gates. */
  measure(scratch: ScratchTenants, scope: Scope): Promise<Readonly<Record<string, Measured>>>;
}
