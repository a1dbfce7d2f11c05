import * as z from "zod";

import { Refusal } from "./refusal.ts";

// Source: tigris-os-docs, docs/iam/policies/supported-actions.md: anything else "will result in an error during policy creation".
const SUPPORTED_ACTIONS = [
  "AbortMultipartUpload",
  "CreateBucket",
  "DeleteBucket",
  "DeleteObject",
  "DeleteObjectTagging",
  "GetAccelerateConfiguration",
  "GetBucketAcl",
  "GetBucketCORS",
  "GetBucketOwnershipControls",
  "GetBucketPolicyStatus",
  "GetBucketRequestPayment",
  "GetBucketTagging",
  "GetLifecycleConfiguration",
  "GetObject",
  "GetObjectAcl",
  "GetObjectTagging",
  "ListAllMyBuckets",
  "ListBucket",
  "ListBucketMultipartUploads",
  "ListMultipartUploadParts",
  "PutAccelerateConfiguration",
  "PutBucketAcl",
  "PutBucketCORS",
  "PutLifecycleConfiguration",
  "PutBucketOwnershipControls",
  "PutBucketTagging",
  "PutObject",
  "PutObjectAcl",
  "PutObjectTagging",
  "RestoreObject",
].map((name) => `s3:${name}`);

const OPERATORS = [
  "IpAddress",
  "NotIpAddress",
  "DateEquals",
  "DateNotEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "DateLessThan",
  "DateLessThanEquals",
] as const;
const KEYS = ["aws:CurrentTime", "aws:SourceIp"] as const;

const action = z.string().refine(isSupported, { error: ({ input }) => `unsupported action ${JSON.stringify(input)}` });
const resource = z.string().regex(/^(\*|arn:aws:s3:::.+)$/, "a resource is * or arn:aws:s3:::bucket[/key]");

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore(action),
  Resource: oneOrMore(resource),
  Condition: z.partialRecord(z.enum(OPERATORS), z.partialRecord(z.enum(KEYS), oneOrMore(z.string()))).optional(),
});

const policyDocument = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: oneOrMore(statement),
});

export type PolicyDocument = z.infer<typeof policyDocument>;

/** Reads a policy document as Tigris accepts it. Throws a Refusal `MalformedPolicyDocument` that says what is wrong. */
export function parsePolicyDocument(text: string): PolicyDocument {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw malformed("not JSON");
  }
  const parsed = policyDocument.safeParse(raw);
  if (!parsed.success) throw malformed(parsed.error.issues.map((issue) => issue.message).join("; "));
  return parsed.data;
}

/** The buckets that the document names outright, without a wildcard in the bucket's name. */
export function bucketsNamedIn(document: PolicyDocument): string[] {
  const names = asArray(document.Statement)
    .flatMap((entry) => asArray(entry.Resource))
    .filter((arn) => arn !== "*")
    .map((arn) => arn.slice("arn:aws:s3:::".length).split("/", 1)[0] ?? "")
    .filter((name) => !/[*?]/.test(name));
  return [...new Set(names)];
}

/** The same document as another program would write it down: what it holds, and nothing of how it was given. */
export function rewritten(text: string): string {
  const { Version, Statement } = parsePolicyDocument(text);
  const bare = (list: string | string[]) => (Array.isArray(list) && list.length === 1 ? list[0] : list);
  const statements = asArray(Statement).map(({ Sid = "", Effect, Action, Resource, Condition = null }) => ({
    Sid,
    Resource: bare(Resource),
    Action: bare(Action),
    Effect,
    Condition,
  }));
  return JSON.stringify({ Id: "", Statement: statements.toReversed(), Version });
}

function malformed(what: string): Refusal {
  return new Refusal(400, "MalformedPolicyDocument", what);
}

function isSupported(pattern: string): boolean {
  if (!/^s3:[A-Za-z*?]+$/.test(pattern)) return false;
  const matcher = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
  return SUPPORTED_ACTIONS.some((name) => matcher.test(name));
}

function oneOrMore<Element extends z.ZodType>(element: Element) {
  return z.union([element, z.array(element).min(1)]);
}

function asArray<Element>(value: Element | Element[]): Element[] {
  return Array.isArray(value) ? value : [value];
}
