import type { Difference } from "../fidelity.ts";

const KEYS = "provider/tigris/access-key.test.ts";
const ENGINE = "local/tigris/engine-ways.test.ts";
const SNAPSHOTS = "local/tigris/snapshots.test.ts";
const HOST_NAMES = "local/tigris/host-names.test.ts";
const OBJECT_KEYS = "local/tigris/object-keys.test.ts";
const REFUSED = "local/tigris/refused-uploads.test.ts";

/** Where the embedded Tigris follows Tigris' behaviour, which differs from its documents; and where the engine differs from Tigris. */
export const fidelity: readonly Difference[] = [
  {
    id: "3",
    now: "CreatePolicy with an existing name answers as `tigris.takenPolicyName` says. tenantry looks for the policy first.",
    tests: [
      { file: KEYS, title: "a key is rotated when a taken policy name is answered with %s" },
      { file: KEYS, title: "a policy name that is taken is known by the answer %s" },
    ],
    commit: "Tigris: be right about policies whatever the documents leave open",
  },
  {
    id: "5",
    now: "A policy's document is returned rewritten while `tigris.policiesRewritten` is on; an absent one is answered as `tigris.absentPolicy` says.",
    tests: [
      { file: KEYS, title: "a policy that is shown in other words is no drift" },
      { file: KEYS, title: "a policy that is gone is made anew when Tigris shows an empty one in its place" },
    ],
    commit: "Tigris: be right about policies whatever the documents leave open",
  },
  {
    id: "9",
    now: "No action of a policy allows UploadPartCopy while `tigris.partCopyUngranted` is on: a file of several parts can be created but not extended, and the machine says which option avoids that.",
    tests: [
      {
        file: "container/part-copies.test.ts",
        title: "ends the app, which hears what avoids that; the file stays as it was",
      },
      {
        file: "container/part-copies.test.ts",
        title: "reaches the bucket while TIGRISFS_SINGLE_PART is as large as the file",
      },
    ],
    commit: "Ask again for a bucket that refuses a new key, and say what avoids copies of parts",
  },
  {
    id: "22",
    now: "UpdateAccessKeyWithBucketsRole refuses with a 200 while `tigris.refusalsInside200` is on.",
    tests: [{ file: KEYS, title: "a role that cannot be taken away is an error, though Tigris answers 200" }],
    commit: "Tigris: be right about policies whatever the documents leave open",
  },
  {
    id: "default-allowed",
    now: "Every key may list and create buckets while `tigris.defaultAllowed` is on, unless its policy denies it, as all of tenantry's do.",
    tests: [{ file: KEYS, title: "a key can neither list nor create buckets, though keys may by default" }],
    commit: "Tigris: be right about policies whatever the documents leave open",
  },
  {
    id: "S1",
    now: "A refused upload gets the engine's refusal, whatever its size.",
    tests: [
      { file: REFUSED, title: "is refused as anonymous, with and without waiting for 100 Continue" },
      { file: REFUSED, title: "is refused to a key without access, and to a secret that is wrong" },
    ],
    commit: "Embedded Tigris: pass on the engine's refusal of a large upload, where it said 503",
  },
  {
    id: "A7",
    now: "A key has at most 1024 bytes, and each of its parts at most 255, the engine's limit; a longer one is refused before anything changes.",
    tests: [
      { file: OBJECT_KEYS, title: "is overwritten by what was put last: %#" },
      { file: OBJECT_KEYS, title: "is refused with %s, and nothing comes into being" },
    ],
    commit: "Embedded Tigris: keep long keys whole, and refuse those that the engine takes for others",
  },
  {
    id: "S2",
    now: "An object that is overwritten without metadata keeps the old metadata and Cache-Control: the engine's behaviour, not Tigris'.",
    tests: [{ file: ENGINE, title: "keeps the metadata of an object that is put anew without any" }],
    commit: "Pin three ways of the storage engine that are not Tigris', each by a test that tells when they end",
  },
  {
    id: "S5",
    now: "`If-Modified-Since` with an object's own Last-Modified answers 200, not 304: the engine's behaviour, not Tigris'.",
    tests: [{ file: ENGINE, title: "takes an object for newer than its own Last-Modified" }],
    commit: "Pin three ways of the storage engine that are not Tigris', each by a test that tells when they end",
  },
  {
    id: "S9",
    now: "ACLs of objects answer 501; Tigris supports them (`allow_object_acl`).",
    tests: [{ file: ENGINE, title: "has no ACL of an object" }],
    commit: "Pin three ways of the storage engine that are not Tigris', each by a test that tells when they end",
  },
  {
    id: "S4",
    now:
      "Keys are paths: writes and deletions of `a//b`, `./a` or `a/../b` are refused with 501, and reads find nothing; `a` and `a/b` " +
      "exclude each other (409), and `a/` has no content. Tigris accepts all of these.",
    tests: [{ file: OBJECT_KEYS, title: "is refused as %j, and the other stays untouched" }],
    commit: "Embedded Tigris: keep long keys whole, and refuse those that the engine takes for others",
  },
  {
    id: "S7",
    now: "DeleteObjects supports `Quiet` and limits a call to 1000 keys; the engine does neither. The engine's behaviour, not Tigris': a copy with `x-amz-copy-source-if-none-match` answers 304 where S3 answers 412, a copy ignores `If-None-Match`, and GetObjectAttributes returns no parts.",
    tests: [
      {
        file: ENGINE,
        title:
          "answers a copy of what is as it was with 304, not 412, and copies over what is there although told not to",
      },
      { file: ENGINE, title: "tells no parts of an object that was uploaded in parts" },
      { file: OBJECT_KEYS, title: "are named one by one, or not at all when the caller wants it quiet" },
      { file: OBJECT_KEYS, title: "are 1000 at most" },
    ],
    commit: "Embedded Tigris: keep long keys whole, and refuse those that the engine takes for others",
  },
  {
    id: "encoding-type",
    now: "Lists encode names if `encoding-type=url` asks for it, also names that XML cannot contain, on every page; the engine ignores it.",
    tests: [
      { file: OBJECT_KEYS, title: "are listed encoded, as S3 does when it is asked to, %d on a page" },
      {
        file: "provider/tigris/emptied-bucket.test.ts",
        title:
          "is emptied and deleted when it holds exactly what the export lists, whatever the names, an unfinished upload too",
      },
      {
        file: "operations/handover/export.test.ts",
        title:
          "holds every object, the database, settings and history, each with its checksum; verified, and imported elsewhere",
      },
    ],
    commit: "Embedded Tigris: list names that XML cannot hold, encoded where that is asked for",
  },
  {
    id: "10",
    now: "A bucket that is global or in two regions shows its old settings for `tigris.lagMs` after a PATCH.",
    tests: [
      {
        file: "provider/tigris/bucket.test.ts",
        title: "is over when Tigris shows it, so that neither a refresh nor the next update goes by old settings",
      },
    ],
    commit: "Tigris: wait until a setting is shown, and ask consistently where we decide by what we read",
  },
  {
    id: "24",
    now: "Such a bucket does not show new objects and tags for `tigris.staleReadsMs`, except to requests with `X-Tigris-Consistent`, which our clients send.",
    tests: [
      { file: "local/tigris/consistency.test.ts", title: "pull, push and live find what was just written" },
      { file: "local/tigris/consistency.test.ts", title: "a bucket's mark is found as soon as it is there" },
      {
        file: "e2e/laptop.test.ts",
        title: "say before a push where Tigris checks within one region only what has changed meanwhile",
      },
    ],
    commit: "Tigris: wait until a setting is shown, and ask consistently where we decide by what we read",
  },
  {
    id: "S3",
    now: "CopyObject with `X-Tigris-Rename` deletes the source, if the caller may delete it.",
    tests: [
      {
        file: "local/tigris/objects.test.ts",
        title: "are renamed: the copy is there, the source gone, and only for who may delete it",
      },
    ],
    commit: "Tigris: wait until a setting is shown, and ask consistently where we decide by what we read",
  },
  {
    id: "S8",
    now: "A forced deletion accepts both headers, `Tigris-Force-Delete` and `X-Tigris-Force-Delete`.",
    tests: [
      {
        file: "local/tigris/buckets.test.ts",
        title: "takes the objects along when forced in the words of the SDK for Python",
      },
    ],
    commit: "Tigris: wait until a setting is shown, and ask consistently where we decide by what we read",
  },
  {
    id: "13a",
    now: "Machines run the real TigrisFS 1.2.1, built with patches for its deadlocks in folders; a hang ends the app within `MOUNT_HUNG_SECONDS`.",
    tests: [
      {
        file: "container/directories.test.ts",
        title: "are renamed and listed side by side without a hang, and everything is where it belongs",
      },
      { file: "container/lost-mount.test.ts", title: "when TigrisFS hangs does the same, after the limit" },
    ],
    commit: "Rename and list folders of a mount side by side, and name TigrisFS's deadlocks",
  },
  {
    id: "20",
    now: "A new bucket is not known everywhere for `tigris.spreadMs`, and a new key's permissions for `tigris.keySpreadMs`.",
    tests: [
      { file: "provider/tigris/bucket.test.ts", title: "is marked once Tigris knows it everywhere" },
      { file: "container/start.test.ts", title: "asks again for a while, and starts its app once the bucket opens" },
    ],
    commit: "Ask again for a bucket that refuses a new key, and say what avoids copies of parts",
  },
  {
    id: "protection",
    now: "A bucket's protection is stored but not enforced, as at Tigris; the provider refuses to delete a bucket unless the tenant file declares it.",
    tests: [
      {
        file: "provider/tigris/bucket.test.ts",
        title: "refuses a bucket that nothing has given up, empty or not, and does not even ask Tigris to",
      },
      {
        file: "e2e/lifecycle.test.ts",
        title: "a living one keeps its bucket and its database when Pulumi is told to ignore all protection",
      },
    ],
    commit: "Keep a bucket that nothing has given up, whatever Pulumi is told to ignore",
  },
  {
    id: "29",
    now: "Pulumi keeps its state in a bucket of the embedded Tigris with its own S3 client. The canary's questions about the state's bucket test whether Tigris accepts the client of a later version.",
    tests: [
      {
        file: "e2e/team-state.test.ts",
        title: "is the same for every computer of the team, and keeps its secrets encrypted",
      },
    ],
    commit: "Prove the state in a bucket: shared, locked against a second up, freed after a kill, put back and moved",
  },
  {
    id: "S6",
    now: "A POST form signed with a tenant's key is refused (403), because the engine treats it as a write to the bucket itself; a form of an administrator is accepted. The engine's behaviour, not Tigris'.",
    tests: [{ file: ENGINE, title: "refuses a form that a tenant's key has signed, and takes an administrator's" }],
    commit: "Name every difference that was reviewed, done or open",
  },
  {
    id: "14",
    now: "A bucket with snapshots keeps versions and delete markers, and can be read as of a snapshot and forked. `tigris.versionsHold` decides whether deleted objects block the bucket's deletion. A bucket with forks cannot be deleted.",
    tests: [
      { file: SNAPSHOTS, title: "holds a bucket by what was overwritten and deleted in it, if Tigris does that" },
      { file: SNAPSHOTS, title: "reads and lists a bucket as it was, whatever has been written and deleted since" },
      { file: SNAPSHOTS, title: "forks a bucket as it was, or as it is, and keeps the two apart" },
    ],
    commit: "Give the embedded cloud versions, reads as of a snapshot, forks and points in time",
  },
  {
    id: "23",
    now: "Buckets have host names, `bucket.localhost`, beside their paths. While `tigris.pathStyleRefused` is on, a call with the bucket in the path is refused. tenantry, its machines and the forms of people's keys use host names if the endpoint has them; the stack setting `tigrisPathStyle` turns this off.",
    tests: [
      {
        file: HOST_NAMES,
        title: "is named by its host name in every call of the SDKs, and refused in the path if Tigris does that",
      },
      { file: "container/host-names.test.ts", title: "mounts, watches and fills its bucket by the bucket's host name" },
      {
        file: "conformance/tigris-cases.ts",
        title: "keeps bytes, metadata and ETags, takes conditions, and lists in pages",
      },
    ],
    commit: "Name buckets by their host names, as Tigris asks for",
  },
];
