import { createHash } from "node:crypto";

/** What a key may do with its bucket's objects. */
export type Mode = "read-write" | "read-only";

interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

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

/** The policy of a tenant's keys: objects of this one bucket, nothing else. */
export function policyDocument(bucket: string, mode: Mode): PolicyDocument {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ON_BUCKET[mode], Resource: [arn] },
      { Effect: "Allow", Action: ON_OBJECTS[mode], Resource: [`${arn}/*`] },
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

/** The digest of a document as Tigris shows it: JSON text. */
export function shownPolicyDigest(text: string): string {
  try {
    return policyDigest(JSON.parse(text));
  } catch {
    return policyDigest(text);
  }
}

/** Order means nothing in a policy, and a list of one may be written without brackets. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(canonical(item))).toSorted();
    return items.length === 1 ? JSON.parse(items[0] ?? "null") : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, JSON.stringify(canonical(inner))]);
}
