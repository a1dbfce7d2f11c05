import { describe, expect, it } from "@jest/globals";

import type { StackState, StoredResource } from "../../../operations/engine/stack-state.ts";
import { addsOnly } from "../../../operations/review/plan-to-apply.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";
import { example } from "../../components/registered.ts";

const TENANT = "tenantry:index:Tenant";
const GROUP = "urn:pulumi:local::tenantry::tenantry:turso:Group::aws-us-east-1";

const tenant = (id: string, more: Partial<Tenant> = {}): Tenant => ({
  ...example("lighthouse-bakery"),
  id,
  database: { engine: "turso", location: "aws-us-east-1" },
  ...more,
});

const resource = (urn: string, more: Partial<StoredResource> = {}): StoredResource => ({
  ...{ urn, type: urn.split("::")[2]?.split("$").at(-1) ?? "", inputs: {}, outputs: {} },
  ...more,
});
const databaseOf = (id: string) =>
  resource(`urn:pulumi:local::tenantry::${TENANT}$tenantry:turso:Database::${id}`, { dependencies: [GROUP] });
const stack = (...ids: string[]) =>
  resource("urn:pulumi:local::tenantry::pulumi:pulumi:Stack::tenantry-local", {
    outputs: { fleet: Object.fromEntries(ids.map((id) => [id, {}])) },
  });

const STATE: StackState = { resources: [stack("acme"), resource(GROUP), databaseOf("acme")], isBroken: false };
const without = (...urns: string[]): StackState => ({
  ...STATE,
  resources: STATE.resources.filter(({ urn }) => !urns.includes(urn)),
});
const withMore = (...resources: StoredResource[]): StackState => ({
  ...STATE,
  resources: [...STATE.resources, ...resources],
});

describe("an `up` without a plan", () => {
  it("is one of new tenants that run, beside others who keep the database group", () => {
    expect(addsOnly([tenant("new"), tenant("newer")], STATE)).toBe(true);
    expect(addsOnly([tenant("new", { database: { engine: "none" } as never })], STATE)).toBe(true);
    expect(addsOnly([tenant("new")], { resources: [stack()], isBroken: false })).toBe(true);
  });

  it.each([
    ["nobody is looked at", [], STATE],
    ["a tenant is not new", [tenant("new"), tenant("acme")], STATE],
    ["only a part of it exists", [tenant("ac")], withMore(databaseOf("ac"))],
    [
      "only a key of it exists",
      [tenant("ac")],
      withMore(resource(`urn:pulumi:local::tenantry::${TENANT}$t:K::ac/bob`)),
    ],
    [
      "only its record exists",
      [tenant("ac")],
      { ...STATE, resources: [stack("acme", "ac"), resource(GROUP), databaseOf("acme")] },
    ],
    ["its group exists and nobody else keeps it", [tenant("new")], without(databaseOf("acme").urn)],
    ["a run broke off", [tenant("new")], { ...STATE, isBroken: true }],
    ["it is not to run", [tenant("new", { state: "suspended" })], STATE],
    ["it is to go", [tenant("new", { state: "purged" })], STATE],
    ["it is on AWS", [tenant("new", { storage: { backend: "aws-s3" } as never })], STATE],
  ] as const)("is none where %s", (_, tenants, state) => {
    expect(addsOnly(tenants, state)).toBe(false);
  });
});
