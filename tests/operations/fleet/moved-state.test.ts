import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  type ExportedResource,
  isInState,
  type StateOf,
  withoutTenant,
  withTenant,
} from "../../../operations/fleet/moved-state.ts";

const GROUP = "tenantry:turso:Group";
const TENANT = "tenantry:index:Tenant";
const PROVIDER = "pulumi:providers:tenantry";
/** One is how another begins, and one how another ends. */
const IDS = ["ze", "zeta", "zeta-2", "x-ze", "acme"];

const urn = (stack: string, types: string, name: string) => `urn:pulumi:${stack}::tenantry::${types}::${name}`;
const root = (stack: string) => urn(stack, "pulumi:pulumi:Stack", `tenantry-${stack}`);

/** A state as Pulumi exports it, of these tenants. */
function stateOf(stack: string, tenants: readonly string[], locations: readonly string[] = ["aws-eu-west-1"]): StateOf {
  const provider = `${urn(stack, PROVIDER, "default")}::id-of-${stack}`;
  const place = urn(stack, GROUP, locations[0] ?? "");
  const ofTenant = (id: string): ExportedResource[] => {
    const own = urn(stack, TENANT, id);
    const bucket = urn(stack, `${TENANT}$tenantry:tigris:Bucket`, id);
    const database = urn(stack, `${TENANT}$tenantry:turso:Database`, id);
    return [
      { urn: own, type: TENANT, parent: root(stack) },
      {
        urn: bucket,
        type: "tenantry:tigris:Bucket",
        id: `b-${id}`,
        parent: own,
        provider,
        inputs: { name: `b-${id}` },
      },
      {
        urn: database,
        type: "tenantry:turso:Database",
        id: `d-${id}`,
        parent: own,
        provider,
        inputs: { group: "shared" },
        dependencies: [place, bucket],
        propertyDependencies: { group: [place], claim: [bucket] },
      },
    ];
  };
  const fleet = Object.fromEntries(tenants.map((id) => [id, { app: `app-${id}` }]));
  return {
    stack,
    resources: [
      { urn: root(stack), type: "pulumi:pulumi:Stack", outputs: { fleet } },
      { urn: urn(stack, PROVIDER, "default"), type: PROVIDER, id: `id-of-${stack}`, inputs: { version: "1" } },
      ...(tenants.length === 0 ? [] : locations).map((location) => ({
        urn: urn(stack, GROUP, location),
        type: GROUP,
        id: "shared",
        parent: root(stack),
        provider,
        retainOnDelete: true,
      })),
      ...tenants.flatMap(ofTenant),
    ],
  };
}

interface Linked extends ExportedResource {
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

/** What Pulumi checks when it reads a state (pkg/resource/deploy/snapshot.go): all that a resource names came before it. */
function brokenLinks({ stack, resources }: StateOf): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  const ids = new Map(resources.map(({ urn: name, id }) => [name, id ?? ""]));
  for (const each of resources) {
    const { urn: name, parent, provider, dependencies = [], propertyDependencies = {} } = each as Linked;
    if (!name.startsWith(`urn:pulumi:${stack}::`)) faults.push(`${name} is of another stack`);
    if (seen.has(name)) faults.push(`${name} is there twice`);
    const named = [
      ...(parent === undefined ? [] : [parent]),
      ...dependencies,
      ...Object.values(propertyDependencies).flat(),
    ];
    for (const other of named) if (!seen.has(other)) faults.push(`${name} needs ${other}`);
    const [, providerUrn = "", id] = /^(.*)::([^:]*)$/.exec(provider ?? "") ?? [];
    if (provider !== undefined && (!seen.has(providerUrn) || ids.get(providerUrn) !== id))
      faults.push(`${name} has the provider ${provider}`);
    seen.add(name);
  }
  return faults;
}

const own = (state: readonly ExportedResource[], id: string) =>
  state.filter(({ urn: name }) => name.includes(TENANT) && name.split("::").at(-1) === id);
const whatVendorsSee = (state: readonly ExportedResource[], id: string) =>
  own(state, id).map(({ type, id: physical, inputs, outputs }) => ({ type, physical, inputs, outputs }));
const without = (stack: string, state: readonly ExportedResource[]) =>
  JSON.parse(
    JSON.stringify(state)
      .replaceAll(/id-of-[a-z]+-\d+/g, "I")
      .replaceAll(stack, "S"),
  ) as unknown;

describe("the state of two stacks", () => {
  const split = fc.record({
    here: fc.subarray(IDS, { minLength: 1 }),
    there: fc.subarray(IDS),
    isNew: fc.boolean(),
    elsewhere: fc.boolean(),
  });

  it("is sound after a move, and has of each tenant what it had, under the other stack's names", () => {
    fc.assert(
      fc.property(split, ({ here, there: both, isNew, elsewhere }) => {
        const there = both.filter((id) => !here.includes(id));
        const [tenant = ""] = here;
        const from = stateOf("prod-00", here);
        const to: StateOf = isNew
          ? { stack: "prod-01", resources: [] }
          : stateOf("prod-01", there, elsewhere ? ["aws-us-east-1"] : ["aws-eu-west-1"]);
        const arrived = { stack: "prod-01", resources: withTenant(tenant, from, to) };
        const left = { stack: "prod-00", resources: withoutTenant(tenant, from.resources) };
        expect([...brokenLinks(arrived), ...brokenLinks(left)]).toEqual([]);
        expect(whatVendorsSee(arrived.resources, tenant)).toEqual(whatVendorsSee(from.resources, tenant));
        expect([isInState(tenant, arrived.resources), isInState(tenant, left.resources)]).toEqual([true, false]);
        for (const id of here.filter((each) => each !== tenant))
          expect(own(left.resources, id)).toEqual(own(from.resources, id));
        for (const id of isNew ? [] : there) expect(own(arrived.resources, id)).toEqual(own(to.resources, id));
      }),
    );
  });

  it("is the same after a move there and back, and after a move that was begun twice", () => {
    fc.assert(
      fc.property(split, ({ here, there: both }) => {
        const there = both.filter((id) => !here.includes(id));
        const [tenant = ""] = here;
        const [from, to] = [stateOf("prod-00", here), stateOf("prod-01", there)];
        const once = withTenant(tenant, from, to);
        expect(withTenant(tenant, from, { ...to, resources: once })).toEqual(once);
        const left = withoutTenant(tenant, from.resources);
        const back = withTenant(tenant, { stack: "prod-01", resources: once }, { stack: "prod-00", resources: left });
        const byUrn = (state: readonly ExportedResource[]) => state.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
        expect(byUrn(back)).toEqual(byUrn(from.resources));
        expect(withoutTenant(tenant, once)).toEqual(to.resources);
      }),
    );
  });

  it("has a new stack begin with the stack itself, called after it, without the records of tenants that stay", () => {
    const resources = withTenant("zeta", stateOf("prod-00", ["zeta", "acme"]), { stack: "prod-01", resources: [] });
    expect(without("prod-01", resources)).toEqual(without("prod-00", stateOf("prod-00", ["zeta"]).resources));
  });
});
