/** What a key may do on one bucket, or `NamespaceAdmin` on `*`. */
export interface BucketRole {
  readonly bucket: string;
  readonly role: (typeof ROLES)[number];
}

export const ROLES = ["ReadOnly", "ReadWrite", "Editor", "NamespaceAdmin"] as const;

/**
 * What PATCH, restore and snapshots need. Not an S3 action, so that no attached policy can grant it: Tigris leaves these calls
 * to administrators and to the bucket's editors.
 */
export const MANAGE_BUCKET = "tigris:ManageBucket";

// The tables follow tigris-os-docs, docs/concepts/authnz.md. Rows on objects and rows on buckets share one list: an action
// only ever meets the kind of resource it is made for.
const READ_ONLY = [
  "s3:GetAccelerateConfiguration",
  "s3:GetBucketLocation",
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPolicyStatus",
  "s3:GetBucketTagging",
  "s3:GetObject",
  "s3:GetObjectAttributes",
  "s3:GetObjectTagging",
  "s3:ListBucket",
  "s3:ListBucketMultipartUploads",
  "s3:ListBucketVersions",
  "s3:RestoreObject",
];
// Tigris documents nothing about ReadWrite; we read it as: the objects, not the bucket.
const READ_WRITE = [
  ...READ_ONLY,
  "s3:AbortMultipartUpload",
  "s3:DeleteObject",
  "s3:DeleteObjectTagging",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
  "s3:PutObjectTagging",
];
// An editor may do nearly everything, deleting the bucket included, but not PutBucketAcl.
const EDITOR = [
  "s3:Abort*",
  "s3:CreateBucket",
  "s3:Delete*",
  "s3:Get*",
  "s3:List*",
  "s3:PutAccelerateConfiguration",
  "s3:PutBucketCORS",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketTagging",
  "s3:PutLifecycleConfiguration",
  "s3:PutObject*",
  "s3:RestoreObject",
  MANAGE_BUCKET,
];
const ACTIONS = { ReadOnly: READ_ONLY, ReadWrite: READ_WRITE, Editor: EDITOR };

/** The policy document that means the same to the engine as these roles; undefined for a key without a role. */
export function roleDocument(roles: readonly BucketRole[]): string | undefined {
  if (roles.length === 0) return undefined;
  const statements = isAdmin(roles) ? [allow(["*"], ["*"])] : roles.flatMap(grant);
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** An organisation's administrator: policies don't bind it. */
export function isAdmin(roles: readonly BucketRole[]): boolean {
  return roles.some(({ bucket, role }) => bucket === "*" && role === "NamespaceAdmin");
}

function grant({ bucket, role }: BucketRole) {
  if (role === "NamespaceAdmin") return [];
  const arn = `arn:aws:s3:::${bucket}`;
  return [allow(ACTIONS[role], [arn, `${arn}/*`]), allow(["s3:ListAllMyBuckets"], ["*"])];
}

function allow(actions: readonly string[], resources: readonly string[]) {
  return { Effect: "Allow", Action: actions, Resource: resources };
}
