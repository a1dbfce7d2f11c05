import type { Place } from "./place.ts";
import type { Task } from "./task.ts";

/** A command that is measured. */
export interface Step {
  readonly words: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it ends with when it is well. Default: 0. */
  readonly exit?: number;
}

/** One who brings up a fleet, changes it and takes it down. */
export interface Side {
  /** The tasks that it does; why it does not do another. */
  readonly does: readonly Task[];
  readonly why: string;
  /** Why it cannot be measured here; "": it can. */
  missing(): string;
  readonly needsCloud: boolean;
  /** Lays out its folder. */
  open(place: Place): Promise<OpenSide>;
}

export interface OpenSide {
  /** Declares these tenants, and with another epoch new keys for all of them. */
  declare(ids: readonly string[], epoch: number): void;
  step(task: Task, ids: readonly string[]): Step;
  /** The file that holds what it knows. */
  readonly stateFile: string;
}

/** What the sides are made from. */
export interface SideParts {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
}
