import type { TOKENS } from "./tokens.ts";

/** What a review knows of a resource type. */
export interface Kind {
  /** For people: "bucket", "access key". */
  readonly word: string;
  /** It holds a tenant's data: destroying it takes a declaration in the tenant's file. */
  readonly holds?: string;
  /** It is minted anew by age or epoch, which is its life and no accident. */
  readonly rotates?: true;
}

const OURS: Readonly<Record<(typeof TOKENS)[number] | "tenantry:fly:Volume", Kind>> = {
  "tenantry:tigris:Bucket": { word: "bucket", holds: "all its files" },
  "tenantry:tigris:AccessKey": { word: "access key", rotates: true },
  "tenantry:turso:Group": { word: "database group", holds: "every database in it" },
  "tenantry:turso:Database": { word: "database", holds: "all its rows" },
  "tenantry:turso:DatabaseToken": { word: "database token", rotates: true },
  "tenantry:fly:App": { word: "app" },
  "tenantry:fly:IpAssignment": { word: "addresses" },
  "tenantry:fly:Secrets": { word: "secrets" },
  "tenantry:fly:Machine": { word: "machine" },
  "tenantry:fly:Volume": { word: "volume", holds: "all its files" },
};

/** Undefined for what stands at no vendor: components, providers, the stack. */
export function kindOf(type: string): Kind | undefined {
  if (type in OURS) return OURS[type as keyof typeof OURS];
  if (/^(?:pulumi|tenantry):/.test(type)) return undefined;
  // Other packages' types are shown by their own names; their buckets and volumes hold data like ours.
  const [, module = "", name = type] = /^([^:]+):(?:.*:)?(\w+)$/.exec(type) ?? [];
  const word = `${module} ${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()}`;
  return /^(?:Bucket|BucketV2|Volume|Instance|Cluster)$/.test(name) ? { word, holds: "all data in it" } : { word };
}

/** Roots of aspects and words for people, by token. */
export const WORDS: Readonly<Record<string, readonly [root: string, label: string]>> = {
  "tenantry:tigris:Bucket": ["bucket", "bucket"],
  "tenantry:tigris:AccessKey": ["key", "access key"],
  "tenantry:turso:Group": ["group", "database group"],
  "tenantry:turso:Database": ["database", "database"],
  "tenantry:turso:DatabaseToken": ["token", "database token"],
  "tenantry:fly:App": ["app", "app"],
  "tenantry:fly:IpAssignment": ["addresses", "addresses"],
  "tenantry:fly:Secrets": ["secrets", "secrets"],
  "tenantry:fly:Machine": ["machine", "machine"],
  "tenantry:fly:Volume": ["volume", "volume"],
};

/** Resources of other providers, like AWS' buckets: `aws:s3/bucket:Bucket` is the `bucket`. */
export function foreignWords(type: string): [string, string] {
  const word = (type.split(":").at(-1) ?? type).replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  return [word.replaceAll(" ", "-"), word];
}
