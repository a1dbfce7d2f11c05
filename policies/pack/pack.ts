import { join } from "node:path";

import { parseUrn } from "../../resource-kinds/urn.ts";
import { Unknown } from "../../provider/plugin/unknown.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import { levelOf } from "../levels.ts";
import { policiesOf } from "../of-project.ts";
import type { PlannedResource } from "../policy.ts";
import { violationsOf } from "../violations.ts";
import type { AnalyzedResource, AnalyzedStack, PackOptions, StackPolicy } from "./analyzer.ts";

const TENANT = "tenantry:index:Tenant";

/**
 * A project's policies as Pulumi's engine asks them: those that are not off in a stack, each held against the tenant files and
 * the resources of the preview. Throws POLICIES_UNREADABLE, and what is wrong with the tenant files.
 */
export function packOf(projectDir: string): PackOptions["policies"] {
  const policies = policiesOf(projectDir);
  return ({ stack, config }: AnalyzedStack) => {
    const { tenants } = loadFleet(join(projectDir, "tenants"), stack);
    const cloud = config["tenantry:cloud"] === "embedded" ? "embedded" : "real";
    return policies.flatMap((policy): StackPolicy[] => {
      const level = levelOf(policy.name, { stack, cloud });
      if (level === "off") return [];
      const violations = (resources: readonly AnalyzedResource[]) => {
        const urns = new Map(resources.filter(({ type }) => type === TENANT).map(({ name, urn }) => [name, urn]));
        const found = violationsOf({ stack, cloud, tenants, resources: byTenant(resources) }, { policies: [policy] });
        return found.map(({ tenant, message }) => {
          const urn = urns.get(tenant);
          return { message: `${tenant}: ${message}`, ...(urn === undefined ? {} : { urn }) };
        });
      };
      return [{ name: policy.name, description: policy.demands, level, violations }];
    });
  };
}

function byTenant(resources: readonly AnalyzedResource[]): Map<string, PlannedResource[]> {
  const ofTenants = resources.filter(({ urn }) => parseUrn(urn).types.includes(TENANT));
  const planned = ofTenants.map(({ type, name, properties }) => {
    const known = Object.entries(properties).filter(([, value]) => !(value instanceof Unknown));
    return { type, name, inputs: Object.fromEntries(known) };
  });
  return Map.groupBy(planned, ({ name }) => name.split("/")[0] ?? name);
}
