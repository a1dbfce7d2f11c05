import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import type { Call, ResourceType } from "../plugin/resource-type.ts";
import { isAmbiguous, type Serving } from "../http/serving.ts";
import { type Address, ADDRESS_TYPES, type AddressType, byType, isPrivate } from "./address-calls.ts";
import { appName } from "./app.ts";
import type { FlyClient } from "./client.ts";
import { imported } from "./imported.ts";
import type { OwnApps } from "./own-apps.ts";

/** Who can reach an app; the words of `machine.ingress`. */
export const INGRESS = ["public", "private", "none"] as const;
/** One of `INGRESS`. */
export type Ingress = (typeof INGRESS)[number];

/** The addresses of each ingress. A dedicated IPv4 costs money and is in none. */
const MADE_OF: Readonly<Record<Ingress, readonly Exclude<AddressType, "v4">[]>> = {
  public: ["shared_v4", "v6"],
  private: ["private_v6"],
  none: [],
};

const inputs = z.object({
  tenant: z
    .string()
    .min(1)
    .describe(
      "The tenant whose app this is. Changing it changes nothing at Fly. Default: the start of the resource's name.",
    ),
  app: appName.describe("Name of the app. Changing it replaces the addresses."),
  ingress: z
    .enum(INGRESS)
    .describe(
      "How to reach the app. public: a shared IPv4 and an IPv6, both free. private: a Flycast address, for other apps of the " +
        "organisation on the network that callers names. none: no address, behind a fly-replay router. Changed in place: missing addresses are assigned first, then undeclared ones are released.",
    ),
  callers: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Network whose machines can reach a private address. Default: the organisation's default network. Changed in place: a new " +
        "address is assigned first, then the old one is released.",
    ),
  types: z
    .array(z.enum(ADDRESS_TYPES))
    .optional()
    .describe("Derived from ingress; do not set it. The type of each address of the app."),
});

/** Inputs of `tenantry:fly:IpAssignment`; docs/resources.md describes each. */
export type IpAssignmentInputs = z.infer<typeof inputs>;

/** Outputs of `tenantry:fly:IpAssignment`: the addresses that were given. */
export interface IpAssignmentState {
  /** The addresses themselves, for DNS records. */
  readonly addresses: string[];
}

/** `tenantry:fly:IpAssignment`: the addresses that `ingress` asks for. Its id is the app's name. Source: App_IPAssignments. */
export function ipAssignmentType(
  client: FlyClient,
  apps: OwnApps,
): ResourceType<IpAssignmentInputs, IpAssignmentState> {
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
    async create(news, call) {
      const { app, tenant } = news;
      if (news.types?.length !== 0) await apps.require(news, call);
      const to = serving(tenant, call);
      const { wanted, others } = await assignMissing(client, news, { outdated: [], known: [] }, to);
      // Otherwise somebody else may have added them: the next refresh shows them before they are released.
      if (apps.isAdopted(app) && others.length > 0) {
        const ips = others.map(({ ip }) => ip);
        call.log("warning", `tenantry takes over app ${app} and releases its undeclared addresses: ${ips.join(", ")}`);
        await Promise.all(ips.map((ip) => client.releaseAddress(app, ip, to)));
      }
      return { id: app, state: stateOf(wanted) };
    },
    async read(id, known, call) {
      const found = await client.addresses(id, serving(known?.inputs.tenant, call));
      if (found === undefined) return undefined;
      const types = found.map(({ type }) => type);
      const ingress = known?.inputs.ingress ?? likeliest(types);
      const shown = imported<IpAssignmentInputs>({ app: id, ingress, types });
      const { callers: _, ...rest } = known?.inputs ?? {};
      const callers = callersShown(found, known?.inputs.callers);
      return {
        id,
        state: stateOf(found),
        inputs: { ...rest, ...shown, ...(callers === undefined ? {} : { callers }) },
      };
    },
    async update(_id, { inputs, state }, news, call) {
      const wanted = MADE_OF[news.ingress];
      const areCallersSame = inputs.callers === news.callers;
      if (isSame(inputs.types, wanted) && areCallersSame) return state;
      await apps.require(news, call);
      const to = serving(news.tenant, call);
      // Fly does not move an address to another network: addresses of the old network do not count.
      const outdated = areCallersSame ? [] : state.addresses.filter(isPrivate);
      const { wanted: found } = await assignMissing(client, news, { outdated, known: state.addresses }, to);
      const types = leftOver(
        inputs.types ?? [],
        outdated.map((): AddressType => "private_v6"),
      );
      const released = await release(client, news, { types: leftOver(types, wanted), addresses: outdated }, to);
      return stateOf(found.filter(({ ip }) => !released.includes(ip)));
    },
    async delete(_id, { inputs }, call) {
      if (inputs.types?.length === 0 || (await apps.isAnothers(inputs, call))) return;
      await release(client, inputs, { types: inputs.types ?? [], addresses: [] }, serving(inputs.tenant, call));
    },
  };
}

const TRIES = 3;
/** Milliseconds before the second read. */
const SETTLE_MS = 1000;

/**
 * The addresses of an app. One that is not in the state remains from an interrupted attempt, or the list is outdated: a
 * second read decides.
 */
async function lookAt(client: FlyClient, app: string, known: readonly string[], to: Serving): Promise<Address[]> {
  const found = (await client.addresses(app, to)) ?? [];
  if (found.every(({ ip }) => known.includes(ip))) return found;
  await sleep(SETTLE_MS, undefined, to.signal === undefined ? {} : { signal: to.signal });
  return (await client.addresses(app, to)) ?? [];
}

/** Addresses that the state knows. */
interface Stood {
  /** Those that are not taken for what is wanted. */
  readonly outdated: readonly string[];
  readonly known: readonly string[];
}

type Whose = Pick<IpAssignmentInputs, "app" | "ingress" | "callers">;

/** What an app has once nothing is missing. */
interface Assigned {
  readonly wanted: readonly Address[];
  /** Of the kinds that tenantry asks for, and for another ingress or other callers. */
  readonly others: readonly Address[];
}

/**
 * Assigns the types that the app lacks, not counting `outdated` addresses. It keeps existing ones, so it can be repeated
 * after any failure.
 */
async function assignMissing(
  client: FlyClient,
  { app, ingress, callers }: Whose,
  { outdated, known }: Stood,
  to: Serving,
): Promise<Assigned> {
  const wanted = MADE_OF[ingress];
  const isWanted = ({ type }: Address) => (wanted as readonly AddressType[]).includes(type);
  for (let attempt = 1; ; attempt += 1) {
    const all = await lookAt(client, app, known, to);
    const found = all.filter((each) => !outdated.includes(each.ip) && answers(each, callers));
    const missing = wanted.filter((type) => !found.some((address) => address.type === type));
    const outcomes = await Promise.allSettled(missing.map((type) => client.assignAddress(app, type, to, callers)));
    const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => asError(reason));
    if (failures.length === 0) {
      const assigned = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const kept = found.filter(isWanted);
      const others = all.filter((each) => each.type !== "v4" && !kept.includes(each));
      return { wanted: [...kept, ...assigned].sort(byType), others };
    }
    // If the answer was lost, the address shows in the next read.
    const final = failures.find((failure) => !isAmbiguous(failure)) ?? (attempt < TRIES ? undefined : failures[0]);
    if (final !== undefined) throw final;
  }
}

/**
 * Releases these addresses, and one for each of `types`: of several of one type, one for other callers, otherwise the first
 * listed. Returns the released ones.
 */
async function release(
  client: FlyClient,
  { app, callers }: Whose,
  { types, addresses }: { readonly types: readonly AddressType[]; readonly addresses: readonly string[] },
  to: Serving,
): Promise<readonly string[]> {
  if (types.length + addresses.length === 0) return [];
  const listed = types.length === 0 ? [] : ((await client.addresses(app, to)) ?? []);
  const left = listed
    .filter(({ ip }) => !addresses.includes(ip))
    .sort((a, b) => Number(answers(a, callers)) - Number(answers(b, callers)));
  const chosen = types.flatMap((type) => {
    const at = left.findIndex((address) => address.type === type);
    return at < 0 ? [] : left.splice(at, 1).map(({ ip }) => ip);
  });
  const all = [...addresses, ...chosen];
  await Promise.all(all.map((ip) => client.releaseAddress(app, ip, to)));
  return all;
}

/**
 * Whether an address is for these callers (undefined: the organisation's default network). True if Fly does not show its
 * network.
 */
function answers({ callers }: Address, wanted = ""): boolean {
  return callers === undefined || callers === wanted;
}

/** The callers of the private addresses: those that were known, where one still answers them. */
function callersShown(found: readonly Address[], known: string | undefined): string | undefined {
  const told = found.flatMap(({ callers }) => callers ?? []);
  const [callers = known ?? ""] = told.includes(known ?? "") ? [known] : told;
  return callers === "" ? undefined : callers;
}

/** The surplus per type: if two v6 exist and one is declared, one is surplus. */
function leftOver(there: readonly AddressType[], wanted: readonly AddressType[]): AddressType[] {
  const open = [...wanted];
  return there.filter((type) => {
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
