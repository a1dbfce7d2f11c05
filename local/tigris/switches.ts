import { networkSwitch } from "../network.ts";
import { amount, choice, flag } from "../switches.ts";

/** Behaviour that Tigris' documents leave open, or that occurs only sometimes. */
export const switches = {
  network: networkSwitch("tigris"),
  takenPolicyName: choice(["409", "400", "200"], {
    preset: "409",
    awkward: "200",
    does: "CreatePolicy with an existing name answers AWS' 409, or a 400 without a code, or 200 and overwrites the policy.",
    source: "Not documented: tigris-os-docs call the name unique in the organisation; clients list the policies first.",
  }),
  policiesRewritten: flag({
    does: "Tigris returns a policy's document rewritten: `Sid` and `Id` added, lists of one without brackets, names in another order.",
    source: "@tigrisdata/iam 2.6.0, policy/get.ts reads only Effect, Action and Resource.",
  }),
  absentPolicy: choice(["404", "200"], {
    preset: "404",
    awkward: "200",
    does: "GetPolicyDetailed of a policy that does not exist answers 404 NoSuchEntity, or 200 with an empty Arn.",
    source: "terraform-provider-tigris, GetPolicy: reads an empty Arn in a 200 as not found.",
  }),
  refusalsInside200: flag({
    does: "UpdateAccessKeyWithBucketsRole refuses with 200 and `status: error`, and makes no change.",
    source: "@tigrisdata/iam 2.6.0, assign.ts and revoke.ts: a `status` other than `success` is a failure.",
  }),
  defaultAllowed: flag({
    does: "Every access key may list and create buckets, unless its own policy denies that.",
    source:
      "Tigris' partner API, 2026-06: keys have default permissions unless created with `access_key_scope: no_default_allow`; another page says that a key without roles has none.",
  }),
  policiesIgnored: flag({
    does: "Policies have no effect: every access key may do everything, like an administrator's.",
    source: "No vendor: a breach, by which `tenantry verify` shows that it finds one.",
    breach: true,
  }),
  versionsHold: flag({
    does: "Older versions and delete markers block the deletion of a bucket with snapshots: DeleteBucket answers 409 BucketNotEmpty until they are deleted too.",
    source:
      "tigris-os-docs, soft-delete.md: a plain delete leaves earlier versions; no document says whether they block the bucket's deletion. An adapter deletes version by version, `else 409`.",
  }),
  partCopyUngranted: flag({
    does: "No action of a policy allows UploadPartCopy.",
    source:
      "tigris-os-docs, iam/policies/supported-actions.md: `s3:PutObject` names its calls, and UploadPartCopy is not among them.",
  }),
  pathStyleRefused: flag({
    does: "A call with the bucket in the path is refused (403): clients must use host names, such as `bucket.localhost` here.",
    source:
      "Tigris' blog, virtual-hosted-urls: no path style for buckets created after 2025-02-19. Signed calls by path still work (tag's live tests, TigrisFS); anonymous and presigned ones get 403 (kan pull request 330, gotosocial issue 3942).",
    fatal: true,
  }),
  lagMs: amount({
    preset: 250,
    awkward: 2500,
    does: "For this long after a PATCH, a bucket that is global or in two regions shows its old settings.",
    source:
      "@tigrisdata/storage, integration tests: a read right after updateBucket can show the previous state; they retry for 15 s, for snapshots 20 s.",
  }),
  spreadMs: amount({
    awkward: 1500,
    does: "For this long a new bucket is not known everywhere: calls on it and its objects answer 404 NoSuchBucket.",
    source:
      "Not documented; terraform-provider-tigris looks for a new bucket five times, from 3 s on (FindBucketWithRetry).",
  }),
  keySpreadMs: amount({
    awkward: 1000,
    does: "For this long a new key's permissions are not known everywhere: its calls on objects and buckets answer 403.",
    source: "Not documented; IAM of AWS is eventually consistent, and clients of Tigris create a key and use it later.",
  }),
  staleReadsMs: amount({
    awkward: 2000,
    does: "For this long, a bucket that is global or in two regions does not show a new object or tag, except to a request with `X-Tigris-Consistent`.",
    source: "tigris-os-docs, docs/buckets/locations.md: eventually consistent across regions. The header: Litestream.",
  }),
};
