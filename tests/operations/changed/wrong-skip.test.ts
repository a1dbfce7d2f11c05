import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { digestOf } from "../../../operations/engine/canonical.ts";
import type { TenantOutcome } from "../../../operations/engine/deployment-events.ts";
import type { StackState, StoredResource } from "../../../operations/engine/stack-state.ts";
import { changedTenants } from "../../../operations/changed/selection.ts";
import type { Settled } from "../../../operations/changed/settled.ts";
import { settledBy } from "../../../operations/changed/settling.ts";
import { issuedAt } from "../../../provider/rotation.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";
import { type Registered, registerTenant, registerWithMocks } from "../../components/registered.ts";
import { times } from "../../support/deep.ts";
import { anyTenant } from "../../tenants/any-tenant.ts";

/** One is how another begins, and one how another ends. */
const IDS = ["zeta", "zeta-2", "ze", "acme", "x-acme", "beta", "b", "c", "d"] as const;
const FORMS = 16;
const SEQUENCES = times(100, 5000);
const DAY_MS = 86_400_000;

/** What a tenant is declared to be, and what the program registers of it, found out once by running it against mocks. */
interface Form {
  readonly tenant: Tenant;
  readonly registered: readonly Registered[];
}

let forms: Readonly<Record<string, readonly Form[]>>;

beforeAll(async () => {
  await registerWithMocks();
  // Few enough at AWS, purged, or alone in their place, for the others to be told apart.
  const drawn = [
    ...fc.sample(anyTenant.filter(isUsual), { numRuns: FORMS - 4, seed: 13 }),
    ...fc.sample(anyTenant, { numRuns: 4, seed: 14 }),
  ];
  const models: Form[] = [];
  for (const any of drawn) {
    const tenant = { ...any, id: MODEL };
    const registered = tenant.state === "purged" ? [] : (await registerTenant(tenant)).resources;
    models.push({ tenant, registered: registered.map(inShort) });
  }
  const named = (id: string) => JSON.parse(JSON.stringify(models).replaceAll(MODEL, id)) as Form[];
  forms = Object.fromEntries(IDS.map((id) => [id, named(id)]));
}, 120_000);

/** Of what a resource is registered with: what ages, and a digest of all. */
function inShort({ type, name, inputs }: Registered): Registered {
  const { rotation } = inputs;
  return { type, name, inputs: { all: digestOf(inputs), ...(rotation === undefined ? {} : { rotation }) } };
}

/** A name that stands for each tenant's own. */
const MODEL = "model0tenant";

function isUsual({ state, storage, kept = [], database }: Tenant): boolean {
  const backends = [storage, ...kept].map(({ backend }) => backend);
  const isNear = database.engine === "none" || ["aws-us-east-1", "aws-eu-west-1"].includes(database.location);
  return state !== "purged" && isNear && !backends.includes("aws-s3");
}

/** The world between two runs. `code` stands for everything that all tenants are made by. */
interface World {
  files: Map<string, Form>;
  code: number;
  now: number;
  state: StackState;
  settled: Settled;
}

const TENANT = "tenantry:index:Tenant";
const STACK = "urn:pulumi:local::tenantry::pulumi:pulumi:Stack::tenantry-local";
const groupUrn = (location: string) => `urn:pulumi:local::tenantry::tenantry:turso:Group::${location}`;

function urnOf(id: string, { type, name }: Registered): string {
  const chain = type === TENANT && name === id ? TENANT : `${TENANT}$${type}`;
  return `urn:pulumi:local::tenantry::${chain}::${name}`;
}

const locationOf = ({ state, database }: Tenant) =>
  state === "purged" || database.engine === "none" ? [] : [database.location];

/** What a run brings a tenant to: it knows the last inputs, as the provider's `check` does. */
function applied({ tenant, registered }: Form, world: World, old: ReadonlyMap<string, StoredResource>) {
  return registered.map((each): StoredResource => {
    const urn = urnOf(tenant.id, each);
    const before = old.get(urn);
    const rotation = each.inputs["rotation"];
    const issued =
      rotation === undefined ? {} : { issued: issuedAt(before?.inputs, rotation, () => new Date(world.now)) };
    const inputs = { ...each.inputs, ...issued, code: world.code };
    const outputs = each.type.startsWith("tenantry:index:") ? {} : { made: digestOf(inputs) };
    const dependencies = each.type === "tenantry:turso:Database" ? locationOf(tenant).map(groupUrn) : [];
    return { urn, type: each.type, inputs, outputs, dependencies };
  });
}

const recordOf = (resources: readonly StoredResource[]) => digestOf(resources.map(({ urn, inputs }) => [urn, inputs]));

function recordsOf({ resources }: StackState): Record<string, unknown> {
  const stack = resources.find(({ urn }) => urn === STACK);
  return { ...(stack?.outputs["fleet"] as Record<string, unknown> | undefined) };
}

const idOf = ({ urn }: StoredResource) => (urn.includes(TENANT) ? urn.split("::").at(-1)?.split("/")[0] : undefined);

/** How a run ends: well; with one tenant failed after some of its resources; or stopped in the middle of one. */
type End =
  { readonly kind: "well" } | { readonly kind: "failed" | "stopped"; readonly id: string; readonly after: number };

/** A run of the engine that was told these tenants: what it leaves in the state, and how each of them fared. */
function run(
  world: World,
  meant: readonly string[] | "all",
  end: End,
): { state: StackState; outcomes: TenantOutcome[] } {
  const old = new Map(world.state.resources.map((each) => [each.urn, each]));
  let records = recordsOf(world.state);
  const outcomes: TenantOutcome[] = [];
  let kept = world.state.resources.filter(({ urn }) => urn !== STACK);
  const done = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
  const used = new Set([...world.files.values()].flatMap(({ tenant }) => locationOf(tenant)));
  for (const [id, form] of world.files) {
    if (meant !== "all" && !meant.includes(id)) continue;
    const target = applied(form, world, old);
    const isHit = end.kind !== "well" && end.id === id;
    const reached = isHit ? target.slice(0, end.after) : target;
    const urns = new Set(reached.map(({ urn }) => urn));
    const left = kept.filter((each) => idOf(each) !== id || (isHit && !urns.has(each.urn)));
    kept = [...left, ...reached];
    const result = !isHit ? "ok" : end.kind === "failed" ? "failed" : "interrupted";
    if (form.tenant.state !== "purged")
      outcomes.push({
        tenant: id,
        result,
        done,
        open: [],
        warnings: [],
        errors: result === "failed" ? ["refused"] : [],
      });
    if (isHit) continue;
    const others = Object.entries(records).filter(([other]) => other !== id);
    const own: [string, unknown][] = form.tenant.state === "purged" ? [] : [[id, recordOf(reached)]];
    records = Object.fromEntries([...others, ...own].sort(([first], [then]) => (first < then ? -1 : 1)));
    for (const location of locationOf(form.tenant)) {
      const group = {
        urn: groupUrn(location),
        type: "tenantry:turso:Group",
        inputs: { code: world.code },
        outputs: {},
      };
      kept = [...kept.filter(({ urn }) => urn !== group.urn), group];
    }
  }
  if (meant === "all" && end.kind === "well")
    kept = kept.filter(({ type, urn }) => type !== "tenantry:turso:Group" || used.has(urn.split("::").at(-1) as never));
  // A run that is stopped never comes to write the stack's outputs.
  const fleet = end.kind === "stopped" ? recordsOf(world.state) : records;
  const stack = { urn: STACK, type: "pulumi:pulumi:Stack", inputs: {}, outputs: { fleet } };
  return { state: { resources: [stack, ...kept], isBroken: false }, outcomes };
}

const declaredIn = ({ files, code }: World) =>
  new Map([...files].map(([id, { tenant }]) => [id, digestOf({ code, tenant })]));

const selected = (world: World) =>
  changedTenants({
    tenants: [...world.files.values()].map(({ tenant }) => tenant),
    state: world.state,
    declared: declaredIn(world),
    settled: world.settled,
    clock: () => new Date(world.now),
  }).tenants;

/** `tenantry up`: it looks, forgets, runs, and keeps. */
function up(world: World, end: End): readonly string[] | "all" {
  const meant = selected(world);
  const others = new Map([...world.settled].filter(([id]) => meant !== "all" && !meant.includes(id)));
  const { state, outcomes } = run(world, meant, end);
  const now = settledBy({ outcomes, isWhole: end.kind !== "stopped" }, declaredIn(world), state);
  world.state = state;
  world.settled = new Map([...others, ...now]);
  return meant;
}

/** The URNs of what two states do not have alike. */
function differing(one: StackState, other: StackState): string[] {
  const [mine, theirs] = [one, other].map(
    ({ resources }) => new Map(resources.map((each) => [each.urn, JSON.stringify(each)])),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...mine.keys(), ...theirs.keys()])].filter((urn) => mine.get(urn) !== theirs.get(urn));
}

const anyPlace = { id: fc.constantFrom(...IDS), form: fc.nat({ max: FORMS - 1 }), after: fc.nat({ max: 11 }) };
const anyEdit = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("file" as const), ...anyPlace }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("failed" as const, "stopped" as const), ...anyPlace }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("killed" as const), ...anyPlace }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("lost" as const, "tampered" as const), ...anyPlace }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("day" as const), ...anyPlace }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("code" as const, "forgotten" as const, "well" as const),
      ...anyPlace,
    }),
  },
);
type Edit = typeof anyEdit extends fc.Arbitrary<infer One> ? One : never;

/** What happens between two runs that end well; some of it is a run that does not. */
function happen(world: World, { kind, id, form, after }: Edit): void {
  const file = forms[id]?.[form];
  switch (kind) {
    case "file":
      if (file !== undefined) world.files.set(id, file);
      return;
    case "failed":
    case "stopped":
      up(world, { kind, id, after });
      return;
    case "killed": {
      // Killed before the state was written: what it knew of those that it was about to change is gone, and nothing else.
      const meant = selected(world);
      world.settled = new Map([...world.settled].filter(([known]) => meant !== "all" && !meant.includes(known)));
      return;
    }
    case "well":
      up(world, { kind });
      return;
    case "lost":
    case "tampered": {
      // `pulumi state delete`, `pulumi refresh`, or a plain `pulumi up` of other files.
      const hit = world.state.resources.filter((each) => idOf(each) === id)[after];
      const resources = world.state.resources.flatMap((each) =>
        each !== hit
          ? [each]
          : kind === "lost"
            ? []
            : [{ ...each, inputs: { ...each.inputs, owner: "somebody else" } }],
      );
      world.state = { ...world.state, resources };
      return;
    }
    case "day":
      world.now += (after + 1) * 10 * DAY_MS;
      return;
    case "code":
      world.code += 1;
      return;
    case "forgotten":
      world.settled = new Map();
      return;
  }
}

describe("an `up` that looks only at tenants that are not as the last one has left them", () => {
  it(`leaves the same state and the same records as one that looks at all, after ${SEQUENCES} random histories`, () => {
    let limitedRuns = 0;
    fc.assert(
      fc.property(
        fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
        (history) => {
          const world: World = {
            files: new Map(IDS.slice(0, 8).map((id, index) => [id, forms[id]?.[index] as Form])),
            code: 1,
            now: Date.parse("2026-01-01"),
            state: { resources: [], isBroken: false },
            settled: new Map(),
          };
          up(world, { kind: "well" });
          for (const edits of history) {
            for (const edit of edits) happen(world, edit);
            const full = run(world, "all", { kind: "well" });
            if (up(world, { kind: "well" }) !== "all") limitedRuns += 1;
            expect(differing(world.state, full.state)).toEqual([]);
          }
          // And then there is nothing left to look at.
          const left = selected(world);
          expect(left === "all" ? [] : left.filter((id) => !usesOthers(world, id))).toEqual([]);
        },
      ),
      { numRuns: SEQUENCES, seed: 20261127 },
    );
    // Or nothing of this would be shown.
    expect(limitedRuns).toBeGreaterThan(SEQUENCES / 2);
  });
});

/** Whose files lie at a provider that is not ours is looked at each time. */
const usesOthers = ({ files }: World, id: string) =>
  files.get(id)?.registered.some(({ type }) => type.startsWith("aws:")) ?? false;
