import type { Tenant } from "../tenants/model/tenant.ts";

/** One planned resource: its type, its name in the program, its inputs as far as they are known. */
export interface PlannedResource {
  /** `tenantry:tigris:Bucket`, `aws:s3/bucket:Bucket` … */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A setting whose change restarts a machine that exists. */
export interface RestartingChange {
  /** In the tenant's file or plan: `["machine", "image"]`. */
  readonly setting: readonly string[];
  /** What it becomes, as text. */
  readonly after: string;
  /** `own`: the tenant's file says it itself, as a pin of a rollout does. `plan`: its plan does. */
  readonly from: "own" | "plan";
}

/** What a policy looks at: one tenant. */
export interface Subject {
  readonly stack: string;
  /** The tenant with every setting filled in; never a purged one. */
  readonly tenant: Tenant;
  /** Its resources in a plan. Empty before there is one: a policy that needs them then has nothing to say. */
  readonly resources: readonly PlannedResource[];
  /** What a plan would restart its machine for. Empty before there is one, and for a machine that is new. */
  readonly restarts: readonly RestartingChange[];
}

/** What a policy does not like about a tenant. */
export interface PolicyFinding {
  /** What is wrong and what would be right, as the end of a sentence: "is not pinned; write …". Never a secret. */
  readonly message: string;
  /** The field of the tenant file that decides it: `["machine", "image"]`. */
  readonly path?: readonly string[];
}

/** The same about many tenants at once; `tenant` is the first of them, `plan` the plan that decides it. */
export interface FleetFinding extends PolicyFinding {
  readonly tenant: string;
  readonly plan: string;
}

/** What a stack allows at once. */
export interface FleetLimits {
  /** Tenants that one change of a plan may restart without a rollout. */
  readonly maxUngatedTenants: number;
}

/** A rule for every tenant of every stack. Pure: it reads its subject and nothing else. */
export interface Policy {
  /** Stable; is in reports and in `levels.ts`. */
  readonly name: string;
  /** One sentence: what it demands and why. docs/policies.md is made from it. */
  readonly demands: string;
  readonly check: (subject: Subject) => readonly PolicyFinding[];
  /** What it does not like about the tenants of a stack taken together. Default: nothing. */
  readonly checkAll?: (subjects: readonly Subject[], limits: FleetLimits) => readonly FleetFinding[];
}

/** `mandatory`: the plan fails and `up` refuses. `advisory`: it is said. `off`: it is not looked at. */
export type Level = "mandatory" | "advisory" | "off";
