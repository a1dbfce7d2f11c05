import { RunHalt } from "./run-halt.ts";

/** How a tenant's machine changes during a rollout. */
export interface RingPace {
  readonly rollout: string;
  /** Number of failed machines after which no further machine changes. */
  readonly halt: number;
  /** Number of machines that restart at the same time. */
  readonly atATime: number;
}

/** The pace of a tenant in a stack; undefined: no rollout changes it. */
export type PaceOf = (stack: string, tenant: string) => Promise<RingPace | undefined>;

/** One guard for each rollout, for all its machines of this run. */
export class RingGuards {
  readonly #guards = new Map<string, RunHalt>();

  /** The guard of the rollout that this pace is of. */
  of({ rollout, halt, atATime }: RingPace): RunHalt {
    const guard = this.#guards.get(rollout) ?? new RunHalt(halt, atATime);
    this.#guards.set(rollout, guard);
    return guard;
  }
}
