import * as z from "zod";

import type { Call, ResourceType } from "../plugin/resource-type.ts";
import { isAmbiguous, type Serving } from "../http/serving.ts";
import { type Address, ADDRESS_TYPES, type AddressType, byType } from "./address-calls.ts";
import { appName } from "./app.ts";
import type { FlyClient } from "./client.ts";
import { imported } from "./imported.ts";

/** Who can reach an app; the words of `machine.ingress`. */
export const INGRESS = ["public", "private", "none"] as const;
/** One of `INGRESS`. */
export type Ingress = (typeof INGRESS)[number];

/** What each ingress is made of. A dedicated IPv4 costs money and is in none. */
const MADE_OF: Readonly<Record<Ingress, readonly Exclude<AddressType, "v4">[]>> = {
  public: ["shared_v4", "v6"],
  private: ["private_v6"],
  none: [],
};

const inputs = z.object({
  tenant: z.string().min(1).describe("The tenant whose app this is. Changing it changes nothing at Fly."),
  app: appName.describe("Name of the app. Changing it replaces the addresses."),
  ingress: z
    .enum(INGRESS)
    .describe(
      "How the app is reached. public: a shared IPv4 and an IPv6, both free. private: a Flycast address, for other apps of the " +
        "organisation on its default network. none: no address, behind a fly-replay router. Changed in place: what is " +
        "missing is assigned first, then what is no longer declared is released.",
    ),
  types: z
    .array(z.enum(ADDRESS_TYPES))
    .optional()
    .describe("Derived from ingress, never set by hand: the type of each address the app has."),
});

/** Inputs of `tenantry:fly:IpAssignment`; docs/resources.md describes each. */
export type IpAssignmentInputs = z.infer<typeof inputs>;

/** Outputs of `tenantry:fly:IpAssignment`: the addresses that were given. */
export interface IpAssignmentState {
  /** The addresses themselves, for DNS records. */
  readonly addresses: string[];
}

/** `tenantry:fly:IpAssignment`: the addresses that `ingress` asks for. Its id is the app's name. Source: App_IPAssignments. */
export function ipAssignmentType(client: FlyClient): ResourceType<IpAssignmentInputs, IpAssignmentState> {
  return {
    token: "tenantry:fly:IpAssignment",
    inputs,
    replaceOn: ["app"],
    outputs: ["addresses"],
    check(news) {
      const types = (MADE_OF as Readonly<Record<string, readonly AddressType[] | undefined>>)[news.ingress];
      return types === undefined ? news : { ...news, types: [...types] };
    },
    foresee(news, known) {
      if (news.types?.length === 0) return { addresses: [] };
      return known !== undefined && isSame(news.types, known.inputs.types) ? known.state : {};
    },
    async create({ app, tenant, ingress }, call) {
      const found = await assignMissing(client, app, MADE_OF[ingress], serving(tenant, call));
      return { id: app, state: stateOf(found) };
    },
    async read(id, known, call) {
      const found = await client.addresses(id, serving(known?.inputs.tenant, call));
      if (found === undefined) return undefined;
      const types = found.map(({ type }) => type);
      const ingress = known?.inputs.ingress ?? likeliest(types);
      const shown = imported<IpAssignmentInputs>({ app: id, ingress, types });
      return { id, state: stateOf(found), inputs: { ...known?.inputs, ...shown } };
    },
    async update(_id, known, { app, tenant, ingress }, call) {
      if (isSame(known.inputs.types, MADE_OF[ingress])) return known.state;
      const to = serving(tenant, call);
      const found = await assignMissing(client, app, MADE_OF[ingress], to);
      const released = await release(client, app, undeclared(known.inputs.types ?? [], MADE_OF[ingress]), to);
      return stateOf(found.filter(({ ip }) => !released.includes(ip)));
    },
    async delete(_id, { inputs: { app, tenant, types } }, call) {
      await release(client, app, types ?? [], serving(tenant, call));
    },
  };
}

const TRIES = 3;

/** Assigns the types of which the app has none. What is there is kept, so it can be repeated after any failure. */
async function assignMissing(
  client: FlyClient,
  app: string,
  wanted: readonly Exclude<AddressType, "v4">[],
  to: Serving,
): Promise<Address[]> {
  if (wanted.length === 0) return [];
  const isWanted = ({ type }: Address) => (wanted as readonly AddressType[]).includes(type);
  for (let attempt = 1; ; attempt += 1) {
    const found = (await client.addresses(app, to)) ?? [];
    const missing = wanted.filter((type) => !found.some((address) => address.type === type));
    const outcomes = await Promise.allSettled(missing.map((type) => client.assignAddress(app, type, to)));
    const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => asError(reason));
    if (failures.length === 0) {
      const assigned = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      return [...found.filter(isWanted), ...assigned].sort(byType);
    }
    // An address whose answer was lost shows when we look again.
    const final = failures.find((failure) => !isAmbiguous(failure)) ?? (attempt < TRIES ? undefined : failures[0]);
    if (final !== undefined) throw final;
  }
}

/** Releases one address for each of `types`, of several of one type the first listed. Answers which. */
async function release(
  client: FlyClient,
  app: string,
  types: readonly AddressType[],
  to: Serving,
): Promise<readonly string[]> {
  if (types.length === 0) return [];
  const left = (await client.addresses(app, to)) ?? [];
  const chosen = types.flatMap((type) => {
    const at = left.findIndex((address) => address.type === type);
    return at < 0 ? [] : left.splice(at, 1);
  });
  await Promise.all(chosen.map(({ ip }) => client.releaseAddress(app, ip, to)));
  return chosen.map(({ ip }) => ip);
}

/** What stood and is not wanted any more, counted: of two v6 where one is wanted, one is left over. */
function undeclared(stood: readonly AddressType[], wanted: readonly AddressType[]): AddressType[] {
  const open = [...wanted];
  return stood.filter((type) => {
    const at = open.indexOf(type);
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
}

function likeliest(types: readonly AddressType[]): Ingress {
  if (types.length === 0) return "none";
  return types.every((type) => type === "private_v6") ? "private" : "public";
}

function stateOf(addresses: readonly Address[]): IpAssignmentState {
  return { addresses: addresses.map(({ ip }) => ip) };
}

function isSame(a: readonly AddressType[] | undefined, b: readonly AddressType[] | undefined): boolean {
  return a?.join() === b?.join();
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function serving(tenant: string | undefined, call: Call): Serving {
  return { tenant, signal: call.signal };
}
