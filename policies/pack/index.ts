import "../../processes/as-a-child.ts";

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { PolicyPack, type StackValidationArgs } from "@pulumi/policy";

import { parseUrn } from "../../resource-kinds/urn.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import { levelOf } from "../levels.ts";
import { policiesOf } from "../of-project.ts";
import type { PlannedResource, Policy } from "../policy.ts";
import { violationsOf } from "../violations.ts";

const TENANT = "tenantry:index:Tenant";

// Pulumi tells a pack the stack and its settings by the environment (pkg/resource/plugin/analyzer_plugin.go).
const stack = process.env["PULUMI_STACK"] ?? "";
const config = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Readonly<Record<string, string>>;
const where = { stack, cloud: config["tenantry:cloud"] === "embedded" ? ("embedded" as const) : ("real" as const) };
const project = process.env["TENANTRY_PROJECT"] ?? projectAbove(process.cwd());

new PolicyPack("tenantry", {
  policies: policiesOf(project).flatMap((policy) => {
    const level = levelOf(policy.name, where);
    const { name, demands: description } = policy;
    return level === "off" ? [] : [{ name, description, enforcementLevel: level, validateStack: checked(policy) }];
  }),
});

function checked(policy: Policy) {
  return ({ resources }: StackValidationArgs, report: (message: string, urn?: string) => void) => {
    const urns = new Map(resources.filter(({ type }) => type === TENANT).map(({ name, urn }) => [name, urn]));
    const { tenants } = loadFleet(join(project, "tenants"), stack);
    const judged = { ...where, tenants, resources: byTenant(resources) };
    for (const { tenant, message } of violationsOf(judged, { policies: [policy] })) {
      report(`${tenant}: ${message}`, urns.get(tenant));
    }
  };
}

function byTenant(resources: StackValidationArgs["resources"]): Map<string, PlannedResource[]> {
  const ofTenants = resources.filter(({ urn }) => parseUrn(urn).types.includes(TENANT));
  const planned = ofTenants.map(({ type, name, props }) => ({ type, name, inputs: known(props) }));
  return Map.groupBy(planned, ({ name }) => name.split("/")[0] ?? name);
}

/** In a preview Pulumi throws where a value is asked for that is not known yet. */
function known(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found = Object.keys(props).flatMap((key): [string, unknown][] => {
    try {
      return [[key, props[key]]];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(found);
}

function projectAbove(folder: string): string {
  if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error("the pack lies in no project: there is no Pulumi.yaml above it");
  return projectAbove(above);
}
