import { TenantryError } from "../../errors/tenantry-error.ts";
import { parseDuration } from "../../provider/rotation.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { inClear, type StoredResource } from "../stack-state.ts";
import { filesErrors } from "./errors.ts";

export type Mode = "read-only" | "read-write";

/** A person's key as the stack's state knows it, without its secret. */
export interface PersonalKey {
  /** The entry's name under `access`. */
  readonly name: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly bucket: string;
  /** ISO time. */
  readonly issued: string;
  /** When the next `up` replaces it: ISO time. */
  readonly due: string;
  /** False while the tenant is suspended. */
  readonly enabled: boolean;
}

/** With its secret: never print one of these. */
export interface OpenKey extends PersonalKey {
  readonly secret: string;
}

/** The keys of a tenant's people in a state that was read with its secrets. */
export function personalKeys(tenant: string, resources: readonly StoredResource[]): OpenKey[] {
  return resources.flatMap(({ type, id = "", inputs, outputs }) => {
    const { purpose, mode, bucket, issued, rotation, enabled } = inputs as Readonly<Record<string, unknown>>;
    if (type !== "tenantry:tigris:AccessKey" || inputs["tenant"] !== tenant) return [];
    const name = /^access-(.*)$/.exec(String(purpose))?.[1];
    if (name === undefined) return [];
    const due = new Date(Date.parse(String(issued)) + (parseDuration(String(rotation)) ?? 0)).toISOString();
    const key = { name, mode: mode as Mode, keyId: id, bucket: String(bucket), issued: String(issued), due };
    return [{ ...key, enabled: enabled !== false, secret: String(inClear(outputs["secretAccessKey"])) }];
  });
}

/** An entry of the tenant file and its key, or either without the other. */
export interface AccessStanding {
  readonly name: string;
  readonly mode: Mode;
  readonly key: PersonalKey | null;
  readonly state: "ready" | "suspended" | "made by the next up" | "replaced by the next up" | "revoked by the next up";
}

/** What is declared and what stands, in the file's order; keys without an entry come last. */
export function accessStandings(tenant: Tenant, keys: readonly OpenKey[]): AccessStanding[] {
  const declared = tenant.access.map(({ name, mode }): AccessStanding => {
    const key = keys.find((each) => each.name === name);
    return { name, mode, key: key === undefined ? null : withoutSecret(key), state: stateOf(mode, key) };
  });
  const left = keys.filter(({ name }) => !tenant.access.some((entry) => entry.name === name));
  return [
    ...declared,
    ...left.map((key): AccessStanding => {
      return { name: key.name, mode: key.mode, key: withoutSecret(key), state: "revoked by the next up" };
    }),
  ];
}

function stateOf(mode: Mode, key: PersonalKey | undefined): AccessStanding["state"] {
  if (key === undefined) return "made by the next up";
  if (key.mode !== mode) return "replaced by the next up";
  return key.enabled ? "ready" : "suspended";
}

function withoutSecret({ secret: _, ...key }: OpenKey): PersonalKey {
  return key;
}

/**
 * The key to work with: the named entry's, or that of the only entry.
 * Throws ACCESS_NAME_NEEDED, ACCESS_UNKNOWN, ACCESS_NOT_APPLIED, ACCESS_SUSPENDED.
 */
export function chosenKey(tenant: Tenant, keys: readonly OpenKey[], name: string | undefined): OpenKey {
  const context = { tenant: tenant.id };
  const names = tenant.access.map((entry) => entry.name);
  const [only] = names.length === 1 ? names : [];
  const chosen = name ?? only;
  if (chosen === undefined) {
    const there = names.length === 0 ? "no entry under `access`" : `entries for ${names.join(", ")}`;
    throw new TenantryError(filesErrors.ACCESS_NAME_NEEDED, `${tenant.id} has ${there}`, context);
  }
  if (!names.includes(chosen)) throw new TenantryError(filesErrors.ACCESS_UNKNOWN, `no entry ${chosen}`, context);
  const key = keys.find((each) => each.name === chosen);
  if (key === undefined) throw new TenantryError(filesErrors.ACCESS_NOT_APPLIED, `${chosen} has no key yet`, context);
  if (!key.enabled) throw new TenantryError(filesErrors.ACCESS_SUSPENDED, `${chosen} has no access now`, context);
  return key;
}
