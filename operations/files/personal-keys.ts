import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StateWord } from "../../output/state-words.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { filesErrors } from "./errors.ts";
import type { BucketBackend, Mode, OpenKey, PersonalKey } from "./backend-keys/backend-keys.ts";
import { BACKEND_KEYS } from "./backend-keys/all-backends.ts";

/** The keys of a tenant's people, at all backends, in a state that was read with its secrets; replaced ones come last. */
export function personalKeys(tenant: string, resources: readonly StoredResource[]): OpenKey[] {
  const newestFirst = [...resources].sort((one, other) => Number(one.delete ?? false) - Number(other.delete ?? false));
  return Object.values(BACKEND_KEYS).flatMap((backend) => backend.keys(tenant, newestFirst));
}

/** Where the tenant has buckets: the one in use first, then what moves have left behind. */
export function bucketBackends({ storage, kept = [] }: Tenant): BucketBackend[] {
  return [storage, ...kept].flatMap(({ backend }) => (backend === "fly-volume" ? [] : [backend]));
}

/** An entry of the tenant file and its key to one bucket, or either without the other. */
export interface PersonalAccess {
  readonly name: string;
  readonly mode: Mode;
  readonly backend: BucketBackend;
  readonly key: PersonalKey | null;
  /** `pending`: the next `up` makes the key; `outdated`: it replaces it; `undeclared`: it deletes it. */
  readonly state: Extract<StateWord, "ready" | "suspended" | "pending" | "outdated" | "undeclared">;
}

/** What is declared and what exists, bucket by bucket and in the file's order; keys without an entry come last. */
export function personalAccess(tenant: Tenant, keys: readonly OpenKey[]): PersonalAccess[] {
  const declared = bucketBackends(tenant).flatMap((backend) =>
    tenant.access.map(({ name, mode }): PersonalAccess => {
      const key = keys.find((each) => each.name === name && each.backend === backend);
      return { name, mode, backend, key: key === undefined ? null : withoutSecret(key), state: stateOf(mode, key) };
    }),
  );
  const left = keys.filter(({ keyId }) => !declared.some(({ key }) => key?.keyId === keyId));
  return [
    ...declared,
    ...left.map((key): PersonalAccess => {
      const { name, mode, backend } = key;
      return { name, mode, backend, key: withoutSecret(key), state: "undeclared" };
    }),
  ];
}

function stateOf(mode: Mode, key: PersonalKey | undefined): PersonalAccess["state"] {
  if (key === undefined) return "pending";
  if (key.mode !== mode) return "outdated";
  return key.enabled ? "ready" : "suspended";
}

function withoutSecret({ secret: _, ...key }: OpenKey): PersonalKey {
  return key;
}

/**
 * The key to work with: the named entry's, or that of the only entry, to the bucket in use, or to the one that a move to
 * a volume has left.
 * Throws ACCESS_NO_BUCKET, ACCESS_NAME_NEEDED, ACCESS_UNKNOWN, ACCESS_NOT_APPLIED, ACCESS_SUSPENDED.
 */
export function chosenKey(tenant: Tenant, keys: readonly OpenKey[], name: string | undefined): OpenKey {
  const context = { tenant: tenant.id };
  const backend = bucketInUse(tenant);
  const names = tenant.access.map((entry) => entry.name);
  const [only] = names.length === 1 ? names : [];
  const chosen = name ?? only;
  if (chosen === undefined) {
    const there = names.length === 0 ? "no entry under `access`" : `entries for ${names.join(", ")}`;
    throw new TenantryError(filesErrors.ACCESS_NAME_NEEDED, `${tenant.id} has ${there}`, context);
  }
  if (!names.includes(chosen)) throw new TenantryError(filesErrors.ACCESS_UNKNOWN, `no entry ${chosen}`, context);
  const key = keys.find((each) => each.name === chosen && each.backend === backend);
  if (key === undefined)
    throw new TenantryError(filesErrors.ACCESS_NOT_APPLIED, `${chosen} has no key to ${backend} yet`, context);
  if (!key.enabled) throw new TenantryError(filesErrors.ACCESS_SUSPENDED, `${chosen} has no access now`, context);
  return key;
}

/** Throws ACCESS_NO_BUCKET for a tenant whose files lie on a volume and nowhere else. */
export function bucketInUse(tenant: Tenant): BucketBackend {
  const [backend] = bucketBackends(tenant);
  if (backend !== undefined) return backend;
  throw new TenantryError(filesErrors.ACCESS_NO_BUCKET, `${tenant.id} is on ${tenant.storage.backend}`, {
    tenant: tenant.id,
  });
}
