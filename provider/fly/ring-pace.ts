import { RunHalt } from "./run-halt.ts";

/** How a tenant's machine is changed while a rollout brings it something. */
export interface RingPace {
  readonly rollout: string;
  /** Machines that fail before no further one is touched. */
  readonly halt: number;
  /** Machines that restart at a time. */
  readonly atATime: number;
}

/** The pace of a tenant in a stack; undefined: no rollout brings it anything. */
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
