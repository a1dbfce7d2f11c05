import type { Calls } from "./own-cloud.ts";
import type { Watched } from "./process-watch.ts";
import type { SideId, Task } from "./task.ts";

/** One command that was measured, with what its embedded cloud got meanwhile; nothing where it needs none. */
export interface Sample extends Watched, Calls {
  readonly tenants: number;
  readonly round: number;
  readonly side: SideId;
  readonly task: Task;
  readonly seconds: number;
  /** Of the state as the task leaves it. */
  readonly stateBytes: number;
}

/** What was not measured. */
export interface Unmeasured {
  readonly side: SideId;
  readonly task: Task;
  /** Undefined: that side cannot do this, or a requirement is missing here. */
  readonly tenants?: number;
  readonly why: string;
}

/** A run of `tenantry bench`. */
export interface BenchReport {
  readonly measuredAt: string;
  /** Of all sittings. */
  readonly seconds: number;
  readonly tenants: readonly number[];
  readonly rounds: number;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGb: number;
    readonly system: string;
  };
  /** By program: Node, Pulumi and so on. */
  readonly versions: Readonly<Record<string, string>>;
  /** Processes that wanted to run, over one, five and fifteen minutes. */
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly samples: readonly Sample[];
  readonly unmeasured: readonly Unmeasured[];
}
