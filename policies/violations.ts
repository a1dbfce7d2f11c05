import type { Tenant } from "../tenants/model/tenant.ts";
import { POLICIES } from "./index.ts";
import { type Levels, levelOf, LEVELS } from "./levels.ts";
import type {
  PolicyFinding,
  FleetLimits,
  Level,
  PlannedResource,
  Policy,
  RestartingChange,
  Subject,
} from "./policy.ts";

/** A policy that a tenant breaks. */
export interface Violation extends PolicyFinding {
  readonly policy: string;
  readonly level: Exclude<Level, "off">;
  readonly tenant: string;
  /** The plan whose entry decides it; absent: the tenant's own file does. */
  readonly plan?: string;
}

/** What policies are held against: the tenants of one stack and, on a plan, their resources. */
export interface Judged {
  readonly stack: string;
  readonly cloud: "embedded" | "real";
  readonly tenants: readonly Tenant[];
  /** By tenant, from a plan. Default: none. */
  readonly resources?: ReadonlyMap<string, readonly PlannedResource[]>;
  /** What a plan restarts machines for, by tenant. Default: nothing. */
  readonly restarts?: ReadonlyMap<string, readonly RestartingChange[]>;
  /** What the stack's settings allow at once. Default: `LIMITS`. */
  readonly limits?: FleetLimits | undefined;
}

/** What a stack allows whose settings say nothing else. */
export const LIMITS: FleetLimits = { maxUngatedTenants: 5 };

/** Every policy that is broken, by tenant, then in the order of the policies. Pure. */
export function violationsOf(
  { stack, cloud, tenants, resources, restarts, limits = LIMITS }: Judged,
  { policies = POLICIES, levels = LEVELS }: { policies?: readonly Policy[]; levels?: Levels } = {},
): Violation[] {
  const strict = policies.flatMap((policy) => {
    const level = levelOf(policy.name, { stack, cloud }, levels);
    return level === "off" ? [] : [{ policy, level }];
  });
  const subjects = tenants
    .filter(({ state }) => state !== "purged")
    .map((tenant): Subject => {
      const [own, changes] = [resources?.get(tenant.id) ?? [], restarts?.get(tenant.id) ?? []];
      return { stack, tenant, resources: own, restarts: changes };
    });
  const single = subjects.flatMap((subject) =>
    strict.flatMap(({ policy, level }) =>
      policy.check(subject).map((finding) => ({ policy: policy.name, level, tenant: subject.tenant.id, ...finding })),
    ),
  );
  const together = strict.flatMap(({ policy, level }) =>
    (policy.checkAll?.(subjects, limits) ?? []).map((finding) => ({ policy: policy.name, level, ...finding })),
  );
  return [...single, ...together];
}
