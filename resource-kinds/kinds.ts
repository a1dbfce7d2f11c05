import { FLY_KINDS } from "./fly.ts";
import type { InDrift, ResourceKind } from "./resource-kind.ts";
import { TIGRIS_KINDS } from "./tigris.ts";
import { TURSO_KINDS } from "./turso.ts";

/** All resource types of the provider. Where a type or one of its inputs is missing here, the compiler names it. */
export const RESOURCE_KINDS = { ...TIGRIS_KINDS, ...TURSO_KINDS, ...FLY_KINDS } as const;

export type Token = keyof typeof RESOURCE_KINDS;
export const TOKENS = Object.keys(RESOURCE_KINDS) as readonly Token[];

/** What is known of a type of any provider. */
export type Kind = Pick<ResourceKind, "word" | "root"> & Partial<ResourceKind>;

/** A type of ours; undefined for every other. */
export function ownKind(type: string): ResourceKind | undefined {
  return Object.hasOwn(RESOURCE_KINDS, type) ? RESOURCE_KINDS[type as Token] : undefined;
}

/** Undefined for what exists at no vendor: components, providers, the stack. */
export function kindOf(type: string): Kind | undefined {
  return ownKind(type) ?? foreignKind(type);
}

/** Other packages' types are shown by their own names; their buckets and volumes hold data like ours. */
function foreignKind(type: string): Kind | undefined {
  if (/^(?:pulumi|tenantry):/.test(type)) return undefined;
  const [, module = "", name = type] = /^([^:]+):(?:.*:)?(\w+)$/.exec(type) ?? [];
  const spaced = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  const kind = { word: `${module} ${spaced}`, root: spaced.replaceAll(" ", "-") };
  return /^(?:Bucket|BucketV2|Volume|Instance|Cluster)$/.test(name) ? { ...kind, holds: "all data in it" } : kind;
}

/** By the root of a tenant's resource: its inputs and outputs that can differ at the vendor. What a tenant file may name. */
export const DRIFT_SETTINGS: Readonly<Record<string, Readonly<Record<string, InDrift & { role: "compared" }>>>> =
  Object.fromEntries(
    Object.values<ResourceKind>(RESOURCE_KINDS)
      .filter(({ isShared }) => isShared !== true)
      .map(({ root, inputs, outputs }) => [root, comparedOf({ ...inputs, ...outputs })] as const)
      .filter(([, compared]) => Object.keys(compared).length > 0),
  );

function comparedOf(settings: Readonly<Record<string, InDrift>>) {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, each]) => (each.role === "compared" ? [[name, each] as const] : [])),
  );
}

/** Kinds of resources at the vendors that can exist without a file that declares them. A policy is part of a key. */
export const UNMANAGED_KINDS = { ...wordsOfListed(), policy: "policy" } as Readonly<Record<UnmanagedKind, string>>;
export type UnmanagedKind = ListedRoot<(typeof RESOURCE_KINDS)[Token]> | "policy";
type ListedRoot<Row> = Row extends { readonly root: infer Root extends string; readonly isListed?: infer Listed }
  ? true extends Listed
    ? Root
    : never
  : never;

function wordsOfListed(): Readonly<Record<string, string>> {
  const listed = Object.values<ResourceKind>(RESOURCE_KINDS).filter(({ isListed }) => isListed === true);
  return Object.fromEntries(listed.map(({ root, word }) => [root, word]));
}
