import { createHash } from "node:crypto";

import { TenantryError } from "../errors/tenantry-error.ts";
import { tenantErrors } from "./errors.ts";

/** Tigris docs, buckets/bucket-rules: 3 to 63 characters. */
export const BUCKET_NAME_LIMIT = 63;
/** A DNS label; Fly takes longer names, which then don't resolve (flyctl issue 4283). */
export const APP_NAME_LIMIT = 63;
/** `<database>-<organisation>` is a DNS label at Turso, and so is `<group>-<organisation>`. */
const TURSO_LABEL_LIMIT = 62;

const HASH_LENGTH = 12;
/** Below this a name would be little more than its hash. */
const SHORTEST_LIMIT = 20;

/** One word, or a word followed by parts that start with a digit: `prod`, `prod-00`. */
const ONE_WORD = /^[a-z][a-z0-9]*(?:-[0-9][a-z0-9]*)*$/;
const DASHED_WORDS = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/;
const ENDS_LIKE_A_HASH = new RegExp(`-[0-9a-f]{${HASH_LENGTH}}$`);

/**
 * The name of a tenant's resource at a vendor: lower case letters, digits and single dashes, starts with a letter, at most `limit` long.
 *
 * Normally `prefix-stack-tenant`. Different tenants never share a name, over all stacks and prefixes of one account: the
 * plain form is used only where it can be read back in one way (so `shop` + `eu-acme` and `shop-eu` + `acme` differ),
 * where it fits, and where it doesn't end like a hash itself. Everything else ends in 12 hex digits of the SHA-256 of the three parts.
 *
 * Deterministic for ever: a change of this function would rename what exists.
 */
export function physicalName(limit: number, prefix: string, stack: string, tenant: string): string {
  if (limit < SHORTEST_LIMIT) {
    throw new TenantryError(tenantErrors.NAME_LIMIT, `${limit} characters are left, ${SHORTEST_LIMIT} are needed`);
  }
  const plain = `${prefix}-${stack}-${tenant}`;
  if (plain.length <= limit && readsBackOneWay(prefix, stack, tenant) && !isReserved(plain)) return plain;
  const hash = sha256(JSON.stringify([prefix, stack, tenant])).slice(0, HASH_LENGTH);
  const head = `t-${plain.toLowerCase()}`
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^t-(?=[a-z])/, "")
    .slice(0, limit - HASH_LENGTH - 1)
    .replace(/-$/, "");
  return `${head}-${hash}`;
}

/**
 * The tenant whose plain name this is: the inverse of `physicalName`, for a stack's own tenants. Undefined for every name of
 * another stack or prefix, and for all that end in a hash: those cannot be read back.
 */
export function tenantOfName(name: string, prefix: string, stack: string): string | undefined {
  const tenant = name.slice(prefix.length + stack.length + 2);
  const isPlain = readsBackOneWay(prefix, stack, tenant) && !isReserved(name);
  return isPlain && name === `${prefix}-${stack}-${tenant}` ? tenant : undefined;
}

/** Whether a name under this prefix ends like a hash, so that it may be any stack's. */
export function isHashedName(name: string, prefix: string): boolean {
  return name.startsWith(`${prefix}-`) && ENDS_LIKE_A_HASH.test(name);
}

/** The names of everything a tenant has at the vendors. Bucket and app names are global there, database names per organisation. */
export function physicalNames(of: {
  readonly prefix: string;
  readonly stack: string;
  readonly tenant: string;
  readonly tursoOrganization: string;
}): { readonly bucket: string; readonly app: string; readonly database: string } {
  const name = (limit: number): string => physicalName(limit, of.prefix, of.stack, of.tenant);
  return {
    bucket: name(BUCKET_NAME_LIMIT),
    app: name(APP_NAME_LIMIT),
    database: name(tursoNameLimit(of.tursoOrganization)),
  };
}

/**
 * The name of a stack's Turso group at one location: `prefix-stack-location-` and the first 8 hex digits of the fleet id's
 * SHA-256. Nobody else computes that suffix, so a name that is taken is ours.
 */
export function groupName(of: {
  readonly prefix: string;
  readonly stack: string;
  /** Turso location: `aws-us-east-1`. */
  readonly location: string;
  readonly fleetId: string;
  readonly tursoOrganization: string;
}): string {
  const mark = sha256(of.fleetId).slice(0, 8);
  const limit = tursoNameLimit(of.tursoOrganization) - mark.length - 1;
  return `${physicalName(limit, of.prefix, of.stack, of.location)}-${mark}`;
}

/** The end of a group's name that says whose it is: see `groupName`. */
export function isGroupOf(name: string, fleetId: string): boolean {
  return name.endsWith(`-${sha256(fleetId).slice(0, 8)}`);
}

/**
 * The name of the private network of a tenant's app: the app's name, and 12 hex digits of the SHA-256 of its owner. Nobody
 * else computes that ending, and Fly sets a network once and for all when it makes the app. So the network says whose the
 * app is: apps have no tags.
 */
export function networkName(of: {
  readonly app: string;
  readonly fleetId: string;
  readonly stack: string;
  readonly tenant: string;
}): string {
  const mark = sha256(JSON.stringify([of.fleetId, of.stack, of.tenant])).slice(0, HASH_LENGTH);
  return `${of.app.slice(0, APP_NAME_LIMIT - HASH_LENGTH - 1)}-${mark}`;
}

/** IAM user names: 64 characters; `@` and the name of an `access` entry, which has up to 39, come after the tenant's own. */
const USER_NAME_LIMIT = 64 - 1 - 39;

/** The name of the IAM user at AWS for one person (`who`), or with an empty `who` for the tenant's machine. */
export function personsName(of: { prefix: string; stack: string; tenant: string; who: string }): string {
  const name = physicalName(USER_NAME_LIMIT, of.prefix, of.stack, of.tenant);
  return of.who === "" ? name : `${name}@${of.who}`;
}

/** Longest name of a database or group in an organisation. Source: server errors quoted in turso-cli issues 844 and 1013. */
export function tursoNameLimit(organization: string): number {
  return TURSO_LABEL_LIMIT - organization.length;
}

/** Whether nothing but these three parts joins to the same plain name: each part then starts where a letter follows a dash. */
function readsBackOneWay(prefix: string, stack: string, tenant: string): boolean {
  return ONE_WORD.test(prefix) && ONE_WORD.test(stack) && DASHED_WORDS.test(tenant);
}

/** Names that hashed ones could produce, and the ending S3 keeps for itself. */
function isReserved(plain: string): boolean {
  return ENDS_LIKE_A_HASH.test(plain) || plain.endsWith("-s3alias");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
