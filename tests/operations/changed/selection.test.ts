import { describe, expect, it } from "@jest/globals";

import { changedTenants } from "../../../operations/changed/selection.ts";
import type { Settled } from "../../../operations/changed/settled.ts";
import { settledBy } from "../../../operations/changed/settling.ts";
import { stateDigests } from "../../../operations/changed/state-digests.ts";
import type { TenantOutcome } from "../../../operations/engine/deployment-events.ts";
import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";
import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../../../resource-kinds/pulumi-marks.ts";
import { example } from "../../components/registered.ts";

const TODAY = new Date("2026-06-01T00:00:00Z");
const TENANT = "tenantry:index:Tenant";
const GROUP = "urn:pulumi:local::tenantry::tenantry:turso:Group::aws-us-east-1";
const urn = (type: string, name: string) => `urn:pulumi:local::tenantry::${TENANT}$${type}::${name}`;

const tenant = (id: string, more: Partial<Tenant> = {}): Tenant => ({
  ...example("lighthouse-bakery"),
  id,
  database: { engine: "turso", location: "aws-us-east-1" },
  ...more,
});

function resourcesOf(id: string): StoredResource[] {
  return [
    { urn: `urn:pulumi:local::tenantry::${TENANT}::${id}`, type: TENANT, inputs: {}, outputs: {} },
    {
      urn: urn("tenantry:turso:Database", id),
      type: "tenantry:turso:Database",
      inputs: {},
      outputs: {},
      dependencies: [GROUP],
    },
    {
      urn: urn("tenantry:tigris:AccessKey", id),
      type: "tenantry:tigris:AccessKey",
      inputs: { issued: "2026-05-01T00:00:00Z", rotation: "90d" },
      outputs: { secret: { [SIGNATURE_KEY]: SECRET_SIGNATURE, ciphertext: "v1:one" } },
    },
  ];
}

const IDS = ["zeta", "zeta-2", "acme", "beta"];
const group: StoredResource = { urn: GROUP, type: "tenantry:turso:Group", inputs: { name: "g" }, outputs: {} };
const stack = (ids = IDS): StoredResource => ({
  urn: "urn:pulumi:local::tenantry::pulumi:pulumi:Stack::tenantry-local",
  type: "pulumi:pulumi:Stack",
  inputs: {},
  outputs: { fleet: Object.fromEntries(ids.map((id) => [id, { app: id }])) },
});
const RESOURCES = [stack(), group, ...IDS.flatMap(resourcesOf)];
const TENANTS = IDS.map((id) => tenant(id));
const DECLARED = new Map(IDS.map((id) => [id, `declared ${id}`]));

const settledOf = (resources: readonly StoredResource[], declared = DECLARED): Settled =>
  new Map([...stateDigests(resources)].map(([id, state]) => [id, { declared: declared.get(id) ?? "", state }]));

function look({
  tenants = TENANTS,
  resources = RESOURCES,
  declared = DECLARED,
  settled = settledOf(RESOURCES),
  isBroken = false,
  now = TODAY,
}: {
  tenants?: readonly Tenant[];
  resources?: readonly StoredResource[];
  declared?: ReadonlyMap<string, string>;
  settled?: Settled;
  isBroken?: boolean;
  now?: Date;
} = {}) {
  return changedTenants({ tenants, state: { resources, isBroken }, declared, settled, clock: () => now });
}

const replaced = (wanted: string, by: (old: StoredResource) => StoredResource[]) =>
  RESOURCES.flatMap((each) => (each.urn === wanted ? by(each) : [each]));

describe("the tenants that an `up` looks at", () => {
  it("are none while all is as the last one has left it", () => {
    expect(look()).toEqual({ tenants: [] });
  });

  it("are those whose declaration is another, and none whose name only begins like theirs", () => {
    expect(look({ declared: new Map([...DECLARED, ["zeta", "another"]]) })).toEqual({ tenants: ["zeta"] });
    expect(look({ declared: new Map([...DECLARED, ["zeta-2", "another"]]) })).toEqual({ tenants: ["zeta-2"] });
  });

  it("are those that are new, and those that nothing is known of", () => {
    expect(look({ tenants: [...TENANTS, tenant("z")] })).toEqual({ tenants: ["z"] });
    const settled = new Map([...settledOf(RESOURCES)].filter(([id]) => id !== "beta"));
    expect(look({ settled })).toEqual({ tenants: ["beta"] });
  });

  it.each<[string, (old: StoredResource) => StoredResource[]]>([
    ["has another setting", (old) => [{ ...old, inputs: { ...old.inputs, mode: "read-only" } }]],
    ["is protected otherwise", (old) => [{ ...old, protect: true }]],
    ["was written again", (old) => [{ ...old, modified: "2026-05-30T00:00:00Z" }]],
    ["is gone", () => []],
    ["is there twice, for the old one is still to be deleted", (old) => [old, { ...old, delete: true }]],
  ])("are those of which a resource in the state %s", (_, change) => {
    const resources = replaced(urn("tenantry:tigris:AccessKey", "zeta"), change);
    expect(look({ resources })).toEqual({ tenants: ["zeta"] });
  });

  it.each<[string, Partial<StoredResource>]>([
    ["has failed to come up", { initErrors: ["not healthy"] }],
    ["is marked for a replacement", { pendingReplacement: true }],
    ["is tainted", { taint: true }],
  ])("are those of which a resource %s, even if it was so before", (_, mark) => {
    const resources = replaced(urn("tenantry:tigris:AccessKey", "zeta"), (old) => [{ ...old, ...mark }]);
    expect(look({ resources, settled: settledOf(resources) })).toEqual({ tenants: ["zeta"] });
  });

  it("are those with a resource of another provider, whose changes are unknown", () => {
    const own = { urn: urn("aws:s3/bucket:Bucket", "zeta"), type: "aws:s3/bucket:Bucket", inputs: {}, outputs: {} };
    const resources = [...RESOURCES, own];
    expect(look({ resources, settled: settledOf(resources) })).toEqual({ tenants: ["zeta"] });
  });

  it("are those whose record in the stack's outputs is another", () => {
    const other = replaced(stack().urn, (old) => [
      { ...old, outputs: { fleet: { ...fleetIn(old), acme: { app: "x" } } } },
    ]);
    expect(look({ resources: other })).toEqual({ tenants: ["acme"] });
  });

  it("are not those of which only the words have changed that a secret is encrypted to", () => {
    const secret = { [SIGNATURE_KEY]: SECRET_SIGNATURE, ciphertext: "v1:another" };
    const resources = replaced(urn("tenantry:tigris:AccessKey", "zeta"), (old) => [{ ...old, outputs: { secret } }]);
    expect(look({ resources })).toEqual({ tenants: [] });
  });

  it("are not those of which the state only names in another order, or at greater length, what hangs on what", () => {
    const database = urn("tenantry:turso:Database", "zeta");
    const [key, app] = [urn("tenantry:tigris:AccessKey", "zeta"), urn("tenantry:fly:App", "zeta")];
    const first = replaced(database, (old) => [
      { ...old, dependencies: [GROUP, key, app], propertyDependencies: { group: [GROUP], name: [] } },
    ]);
    const then = replaced(database, (old) => [
      { ...old, dependencies: [app, GROUP, key], propertyDependencies: { group: [GROUP] } },
    ]);
    expect(look({ resources: then, settled: settledOf(first) })).toEqual({ tenants: [] });
    const fewer = replaced(database, (old) => [{ ...old, dependencies: [GROUP, key] }]);
    expect(look({ resources: fewer, settled: settledOf(first) })).toEqual({ tenants: ["zeta"] });
  });

  it("are those whose key or token comes of age, from that second on", () => {
    const due = Date.parse("2026-05-01T00:00:00Z") + 90 * 86_400_000;
    const resources = [
      stack(),
      group,
      ...IDS.flatMap(resourcesOf).map((each) =>
        each.urn.endsWith("::beta") ? each : { ...each, inputs: { ...each.inputs, rotation: "365d" } },
      ),
    ];
    const settled = settledOf(resources);
    expect(look({ resources, settled, now: new Date(due - 1000) })).toEqual({ tenants: [] });
    expect(look({ resources, settled, now: new Date(due) })).toEqual({ tenants: ["beta"] });
  });

  it("are purged ones as long as anything of them exists", () => {
    const tenants = TENANTS.map((each) => (each.id === "beta" ? tenant("beta", { state: "purged" }) : each));
    expect(look({ tenants })).toEqual({ tenants: ["beta"] });
    const ids = IDS.filter((id) => id !== "beta");
    const resources = [stack(ids), group, ...ids.flatMap(resourcesOf)];
    expect(look({ tenants, resources, settled: settledOf(resources) })).toEqual({ tenants: [] });
  });
});

const fleetIn = ({ outputs }: StoredResource) => outputs["fleet"] as Record<string, unknown>;

describe("an `up` looks at all of the stack", () => {
  const ireland: Tenant["database"] = { engine: "turso", location: "aws-eu-west-1" };
  const moved = TENANTS.map((each) => ({ ...each, database: ireland }));
  const shared = { urn: "urn:pulumi:local::tenantry::aws:x:Y::own", type: "aws:x:Y", inputs: {}, outputs: {} };
  const halfGroup = [stack(), { ...group, initErrors: ["x"] }, ...IDS.flatMap(resourcesOf)];
  it.each<[string, Parameters<typeof look>[0]]>([
    ["no earlier `up` is recorded", { settled: new Map() }],
    ["a run was interrupted", { isBroken: true }],
    ["a tenant's file is gone", { tenants: TENANTS.slice(1) }],
    ["the stack has resources of its own", { resources: [...RESOURCES, shared] }],
    ["a database group is no longer used", { tenants: moved }],
    ["a database group is incomplete", { resources: halfGroup, settled: settledOf(halfGroup) }],
    ["most tenants are changed", { declared: new Map() }],
  ])("when %s", (why, given) => {
    expect(look(given)).toEqual({ tenants: "all", why });
  });

  it("when what all tenants need has changed: their group, or their provider", () => {
    const resources = replaced(GROUP, (old) => [{ ...old, inputs: { name: "another" } }]);
    expect(look({ resources })).toMatchObject({ tenants: "all" });
  });
});

describe("what is kept after an `up`", () => {
  const done = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
  const outcome = (id: string, more: Partial<TenantOutcome> = {}): TenantOutcome => ({
    tenant: id,
    result: "ok",
    done,
    open: [],
    errors: [],
    warnings: [],
    ...more,
  });
  const state = { resources: RESOURCES, isBroken: false };
  const kept = (outcomes: TenantOutcome[], { isWhole = true, after = state } = {}) =>
    [...settledBy({ outcomes, isWhole }, DECLARED, after).keys()].sort();

  it("are the tenants that came out well, and no other", () => {
    const outcomes = [
      outcome("acme"),
      outcome("beta", { result: "failed", errors: ["no"] }),
      outcome("zeta", { warnings: ["not seen"] }),
      outcome("zeta-2", { result: "untouched" }),
      outcome("unheard-of"),
    ];
    expect(kept(outcomes)).toEqual(["acme"]);
    expect(settledBy({ outcomes, isWhole: true }, DECLARED, state).get("acme")).toEqual({
      declared: "declared acme",
      state: stateDigests(RESOURCES).get("acme"),
    });
  });

  it("is empty after an interrupted run, or if the stack itself failed", () => {
    expect(kept([outcome("acme")], { isWhole: false })).toEqual([]);
    expect(kept([outcome("acme"), outcome("beta", { result: "interrupted" })])).toEqual([]);
    expect(kept([outcome("(stack)", { result: "failed", errors: ["no"] }), outcome("acme")])).toEqual([]);
    expect(kept([outcome("acme")], { after: { ...state, isBroken: true } })).toEqual([]);
  });

  it("omits a tenant whose record was not written", () => {
    const resources = replaced(stack().urn, () => [stack(["beta"])]);
    expect(kept([outcome("acme"), outcome("beta")], { after: { ...state, resources } })).toEqual(["beta"]);
  });
});
