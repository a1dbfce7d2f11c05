import { isDeepStrictEqual } from "node:util";

import { OWNER_TAG } from "../../resource-kinds/claim.ts";
import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../../resource-kinds/pulumi-marks.ts";
import { policyName } from "../../provider/tigris/access-key-names.ts";
import { writtenSecrets, type SecretsInputs } from "../../provider/fly/secrets.ts";
import type { State } from "../faults/small-engine.ts";
import type { Said, Team } from "./team.ts";
import { type Tables, withoutStrays, type World } from "./world.ts";

/** What is known besides the world: whose claim a bucket carried before, and what may be lost from now on. */
export interface Known {
  readonly owners: Map<string, string>;
  /** Of each loss whether somebody has declared it. */
  isDeclared(what: string): boolean;
}

/** What must never be so, at whatever moment somebody looks. Undefined: all is well. */
export function wrongNow(
  world: World,
  teams: readonly Team[],
  known: Known,
  said: readonly Said[],
): string | undefined {
  return (
    movedClaim(world.tables, known.owners) ??
    heldTwice(teams) ??
    lost(world, teams, known) ??
    world.unseen[0] ??
    shownSecret(world, teams, said)
  );
}

/** What must not be so once a run has ended well and nothing is under way. Undefined: all is well. */
export function wrongAtRest(world: World, teams: readonly Team[]): string | undefined {
  const has = inventory(withoutStrays(world));
  const owned = ownedBy(teams.flatMap(({ state }) => state));
  const orphans = [...has].filter((each) => !owned.has(each));
  if (orphans.length > 0) return `no state knows of ${orphans.join(", ")}`;
  const missing = [...owned].filter((each) => !has.has(each));
  if (missing.length > 0) return `a state knows of ${missing.join(", ")}, which is not there`;
  return doubled(world.tables);
}

/** Two machines of one owner would write to one bucket. */
function doubled({ fly }: Tables): string | undefined {
  for (const { name, machines } of fly.apps.values()) {
    const living = [...machines.values()].filter(({ state }) => !["destroyed", "destroying"].includes(state));
    if (living.length > 1) return `${name} has ${living.length} machines`;
  }
  return undefined;
}

function movedClaim({ storage }: Tables, owners: Map<string, string>): string | undefined {
  for (const { name, tags, isDeleted } of storage.buckets.values()) {
    const owner = isDeleted ? undefined : tags.get(OWNER_TAG);
    const before = owners.get(name);
    if (owner !== undefined && before !== undefined && owner !== before)
      return `the claim ${name} went from ${before} to ${owner}`;
    if (owner !== undefined) owners.set(name, owner);
  }
  return undefined;
}

function heldTwice(teams: readonly Team[]): string | undefined {
  const holders = new Map<string, string>();
  for (const { name, state } of teams)
    for (const each of state) {
      const what = heldIn(each);
      if (what === undefined) continue;
      const other = holders.get(what);
      if (other !== undefined && other !== name) return `two teams hold ${what}`;
      holders.set(what, name);
    }
  return undefined;
}

/** An app that somebody has deleted and another team made anew is another app. What has its name alone is held with it. */
function heldIn({ type, id, inputs }: State[number]): string | undefined {
  if (["tenantry:fly:Secrets", "tenantry:fly:IpAssignment"].includes(type)) return undefined;
  return type === "tenantry:fly:App" ? `${type} ${id} on ${String(inputs["network"])}` : `${type} ${id}`;
}

function lost(world: World, teams: readonly Team[], { isDeclared }: Known): string | undefined {
  const ours = (run: string) => teams.some(({ name }) => run.startsWith(`${name}#`));
  const found = world.losses.find(({ run, what }) => ours(run) && !isDeclared(what));
  return found && `${found.run} has deleted what held data and nobody gave up: ${found.what}`;
}

/** In what the engine is told without a mark, in errors and lines, and in what vendors show to everybody who may look. */
function shownSecret({ tables, secrets }: World, teams: readonly Team[], said: readonly Said[]): string | undefined {
  const configs = [...tables.fly.apps.values()].flatMap(({ machines }) =>
    [...machines.values()].map(({ config }) => config),
  );
  const tags = [...tables.storage.buckets.values()].map((bucket) => [...bucket.tags]);
  const plain = said.map((each) => [each?.errors, each?.told.map(withoutSecrets)]);
  const ids = teams.flatMap(({ state }) => state.map(({ id }) => id));
  const verbs = teams.map(({ verbErrors }) => verbErrors);
  const text = JSON.stringify([configs, tags, [...tables.iam.policies], plain, ids, verbs]);
  const found = [...secrets, ...teams.flatMap((team) => team.secrets)].find((secret) => text.includes(secret));
  if (found === undefined) return undefined;
  const at = text.indexOf(found);
  return `a secret is shown: ${text.slice(Math.max(0, at - 200), at)}<HERE>`;
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields[SIGNATURE_KEY] === SECRET_SIGNATURE) return "(secret)";
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, withoutSecrets(each)]));
}

/** All that the vendors have, by kind and name. */
function inventory({ storage, iam, turso, fly }: Tables): ReadonlySet<string> {
  const apps = [...fly.apps.values()];
  return new Set([
    ...[...storage.buckets.values()].flatMap(({ name, isDeleted }) => (isDeleted ? [] : [`bucket ${name}`])),
    ...[...iam.keys.keys()].map((id) => `key ${id}`),
    ...[...iam.policies.keys()].map((name) => `policy ${name}`),
    ...[...turso.databases.keys()].map((name) => `database ${name}`),
    ...[...turso.groups.keys()].map((name) => `group ${name}`),
    ...apps.map(({ name }) => `app ${name}`),
    ...apps.flatMap(({ name, machines }) =>
      [...machines.values()].flatMap(({ id, state }) => (state === "destroyed" ? [] : [`machine ${name}/${id}`])),
    ),
    ...apps.flatMap(({ name, volumes }) =>
      [...volumes.values()].flatMap(({ id, isGoing }) => (isGoing ? [] : [`volume ${name}/${id}`])),
    ),
    ...apps.flatMap(({ name, addresses }) => [...addresses.keys()].map((ip) => `address ${name} ${ip}`)),
    ...apps.flatMap(({ name, secrets }) => [...secrets.keys()].map((secret) => `secret ${name} ${secret}`)),
  ]);
}

/** All that the vendors have but what this state knows of. */
export function without({ storage, iam, turso, fly }: Tables, state: State): Tables {
  const owned = ownedBy(state);
  const others = <Item>(kind: string, all: ReadonlyMap<string, Item>) =>
    new Map([...all].filter(([name]) => !owned.has(`${kind} ${name}`)));
  return {
    storage: { ...storage, buckets: others("bucket", storage.buckets) },
    iam: { keys: others("key", iam.keys), policies: others("policy", iam.policies) },
    turso: { ...turso, databases: others("database", turso.databases) },
    fly: { ...fly, apps: others("app", fly.apps) },
  };
}

function ownedBy(state: State): ReadonlySet<string> {
  return new Set(
    state.flatMap(({ type, id, inputs, outputs }) => {
      switch (type) {
        case "tenantry:tigris:Bucket":
          return [`bucket ${id}`];
        case "tenantry:tigris:AccessKey":
          return [`key ${id}`, `policy ${policyName(inputs as unknown as Parameters<typeof policyName>[0])}`];
        case "tenantry:turso:Database":
          return [`database ${id}`];
        case "tenantry:turso:Group":
          return [`group ${id}`];
        case "tenantry:fly:App":
          return [`app ${id}`];
        case "tenantry:fly:Machine":
          return [`machine ${id}`];
        case "tenantry:fly:Volume":
          return [`volume ${id}`];
        case "tenantry:fly:IpAssignment":
          return (outputs["addresses"] as readonly string[]).map((ip) => `address ${id} ${ip}`);
        case "tenantry:fly:Secrets":
          return Object.keys(writtenSecrets(inputs as unknown as SecretsInputs)).map((name) => `secret ${id} ${name}`);
        default:
          return [];
      }
    }),
  );
}

/** The places where two values differ. */
export function differing(one: unknown, other: unknown, place = ""): string {
  if (isDeepStrictEqual(one, other)) return "";
  const areObjects = [one, other].every((each) => typeof each === "object" && each !== null);
  if (!areObjects) return `${place}: ${JSON.stringify(one)} -> ${JSON.stringify(other)}; `;
  const [ones, others] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
  const keys = [...new Set([...Object.keys(ones), ...Object.keys(others)])];
  return keys.map((key) => differing(ones[key], others[key], `${place}/${key}`)).join("");
}
