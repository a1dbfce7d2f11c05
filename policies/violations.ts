import type { Tenant } from "../tenants/model/tenant.ts";
import { POLICIES } from "./index.ts";
import { type Levels, levelOf, LEVELS } from "./levels.ts";
import type { Finding, Level, PlannedResource, Policy } from "./policy.ts";

/** A policy that a tenant breaks. */
export interface Violation extends Finding {
  readonly policy: string;
  readonly level: Exclude<Level, "off">;
  readonly tenant: string;
}

/** What policies are held against: the tenants of one stack and, on a plan, their resources. */
export interface Judged {
  readonly stack: string;
  readonly cloud: "embedded" | "real";
  readonly tenants: readonly Tenant[];
  /** By tenant, from a plan. Default: none. */
  readonly resources?: ReadonlyMap<string, readonly PlannedResource[]>;
}

/** Every policy that is broken, by tenant, then in the order of the policies. Pure. */
export function violationsOf(
  { stack, cloud, tenants, resources }: Judged,
  { policies = POLICIES, levels = LEVELS }: { policies?: readonly Policy[]; levels?: Levels } = {},
): Violation[] {
  const strict = policies.flatMap((policy) => {
    const level = levelOf(policy.name, { stack, cloud }, levels);
    return level === "off" ? [] : [{ policy, level }];
  });
  return tenants
    .filter(({ state }) => state !== "purged")
    .flatMap((tenant) => {
      const subject = { stack, tenant, resources: resources?.get(tenant.id) ?? [] };
      return strict.flatMap(({ policy, level }) =>
        policy.check(subject).map((finding) => ({ policy: policy.name, level, tenant: tenant.id, ...finding })),
      );
    });
}
