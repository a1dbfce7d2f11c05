import { networkSwitch } from "../network.ts";
import { amount, choice, flag } from "../switches.ts";

/** What Tigris' documents leave open, or what it does only now and then. */
export const switches = {
  network: networkSwitch("tigris"),
  takenPolicyName: choice(["409", "400", "200"], {
    preset: "409",
    awkward: "200",
    does: "CreatePolicy with a name that is taken answers AWS' 409, or a 400 without a code, or 200 and writes over the policy.",
    source:
      "Nobody documents it: tigris-os-docs call the name unique in the organisation; clients list the policies first.",
  }),
  policiesRewritten: flag({
    does: "A policy's document comes back written anew: `Sid` and `Id` added, lists of one without brackets, names in another order.",
    source: "@tigrisdata/iam 2.6.0, policy/get.ts reads only Effect, Action and Resource, whatever else is there.",
  }),
  absentPolicy: choice(["404", "200"], {
    preset: "404",
    awkward: "200",
    does: "GetPolicyDetailed of a policy that does not exist answers 404 NoSuchEntity, or 200 with an empty Arn.",
    source: "terraform-provider-tigris, GetPolicy: an empty Arn in a 200 is read as not found.",
  }),
  refusalsInside200: flag({
    does: "UpdateAccessKeyWithBucketsRole refuses with 200 and `status: error`, and changes nothing.",
    source: "@tigrisdata/iam 2.6.0, assign.ts and revoke.ts: a `status` other than `success` is a failure.",
  }),
  defaultAllowed: flag({
    does: "Every access key may list and create buckets, unless a policy of its own denies that.",
    source:
      "Tigris' partner API, 2026-06: keys have default permissions unless made with `access_key_scope: no_default_allow`; another page says that a key without roles has none.",
  }),
  policiesIgnored: flag({
    does: "No policy binds a key: every access key may do everything, as an administrator's does.",
    source: "No vendor: a breach, by which `tenantry verify` shows that it finds one.",
    breach: true,
  }),
  versionsHold: flag({
    does: "Older versions and delete markers hold a bucket with snapshots: DeleteBucket answers 409 BucketNotEmpty until they are deleted too.",
    source:
      "tigris-os-docs, soft-delete.md: a plain delete leaves earlier versions live; whether they hold the bucket, no document says. An adapter deletes version by version, `else 409`.",
  }),
  partCopyUngranted: flag({
    does: "No action of a policy allows UploadPartCopy.",
    source:
      "tigris-os-docs, iam/policies/supported-actions.md: `s3:PutObject` names its calls, and UploadPartCopy is not among them.",
  }),
  pathStyleRefused: flag({
    does: "A call that names its bucket in the path is refused (403): buckets are addressed by host names, as `bucket.localhost` here.",
    source:
      "Tigris' blog, virtual-hosted-urls: no path style for buckets made after 2025-02-19. Signed calls by path are served all the same (tag's live tests, TigrisFS); anonymous and presigned ones are answered 403 (kan pull request 330, gotosocial issue 3942).",
    fatal: true,
  }),
  lagMs: amount({
    preset: 250,
    awkward: 2500,
    does: "For this long after a PATCH, a bucket that is global or in two regions shows its settings as they were.",
    source:
      "@tigrisdata/storage, integration tests: a read right after updateBucket can show the previous state; they ask again for 15 s, for snapshots 20 s.",
  }),
  spreadMs: amount({
    awkward: 1500,
    does: "A new bucket is not known everywhere for this long: calls on it and its objects answer 404 NoSuchBucket.",
    source:
      "Nobody documents it; terraform-provider-tigris looks for a new bucket five times, from 3 s on (FindBucketWithRetry).",
  }),
  keySpreadMs: amount({
    awkward: 1000,
    does: "What a new key may do is not known everywhere for this long: its calls on objects and buckets answer 403.",
    source:
      "Nobody documents it; IAM of AWS is eventually consistent, and clients of Tigris make a key and use it later.",
  }),
  staleReadsMs: amount({
    awkward: 2000,
    does: "In a bucket that is global or in two regions, a new object or tag is not found for this long, unless `X-Tigris-Consistent` asks.",
    source: "tigris-os-docs, docs/buckets/locations.md: eventually consistent across regions. The header: Litestream.",
  }),
};
