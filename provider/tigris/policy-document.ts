import { createHash } from "node:crypto";

/** What a key may do with its bucket's objects. */
export type Mode = "read-write" | "read-only";

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** A policy as IAM takes it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

// What TigrisFS and plain S3 clients need and no more: no bucket settings, no deletion of the bucket, no ACLs, no keys.
// Source: tigris-os-docs, docs/iam/policies/supported-actions.md; the calls of TigrisFS 1.2.1.
const ON_BUCKET: Readonly<Record<Mode, readonly string[]>> = {
  "read-only": ["s3:ListBucket"],
  "read-write": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
};
const ON_OBJECTS: Readonly<Record<Mode, readonly string[]>> = {
  "read-only": ["s3:GetObject"],
  "read-write": [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
  ],
};

/**
 * What Tigris may allow every key, whatever its policies say: by its partner API (2026-06) keys can list and create buckets
 * unless they are created with `access_key_scope: no_default_allow`. Buckets that a tenant creates would belong to the
 * organisation.
 */
const ALLOWED_BY_DEFAULT = ["s3:CreateBucket", "s3:ListAllMyBuckets"];

/** The policy of a tenant's keys: objects of this one bucket, nothing else. */
export function policyDocument(bucket: string, mode: Mode): PolicyDocument {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ON_BUCKET[mode], Resource: [arn] },
      { Effect: "Allow", Action: ON_OBJECTS[mode], Resource: [`${arn}/*`] },
      { Effect: "Deny", Action: ALLOWED_BY_DEFAULT, Resource: ["*"] },
    ],
  };
}

/** Digest of what a policy allows: the same for every way to write the same document. 16 hex digits, like an ETag. */
export function policyDigest(document: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(document)))
    .digest("hex")
    .slice(0, 16);
}

/** The digest of a document as Tigris shows it: JSON text, or JSON text in a URL's encoding, as AWS has it. */
export function shownPolicyDigest(text: string): string {
  for (const read of [JSON.parse, (encoded: string) => JSON.parse(decodeURIComponent(encoded)) as unknown]) {
    try {
      return policyDigest(read(text));
    } catch {
      continue;
    }
  }
  return policyDigest(text);
}

/** Names that allow and deny nothing. */
const NAMES = ["Id", "Sid"];

/** Order means nothing in a policy, a list of one may be written without brackets, and what is empty may be left out. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = [...new Set(value.map((item) => JSON.stringify(canonical(item))))].toSorted();
    return items.length === 1 ? JSON.parse(items[0] ?? "null") : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([key, inner]) => !NAMES.includes(key) && !isEmpty(inner))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, JSON.stringify(canonical(inner))]);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}
