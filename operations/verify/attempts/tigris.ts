import { createHash } from "node:crypto";

import { s3Url } from "../../../provider/tigris/addressing.ts";
import { type Answer, type Attempt, bySecret, byStatus, type Scene, type Seen, type Sent } from "../attempt.ts";
import type { Kind } from "../party.ts";
import { plantedKey } from "../planted.ts";

const KEYS: readonly Kind[] = ["machine", "writer", "reader"];
const WRITERS: readonly Kind[] = ["machine", "writer"];
const ALL: readonly Kind[] = [...KEYS, "nobody"];

type Part = Omit<Sent, "url" | "method">;

/** A request to a bucket: its name, the rest of the path and the query. */
function to(
  places: Scene["places"],
  bucket: string | undefined,
  rest: string,
  method: Sent["method"],
  part: Part = {},
) {
  return bucket === undefined ? undefined : { method, url: s3Url(places.s3, `/${bucket}${rest}`), ...part };
}

/** A request to the target's bucket. */
function at(method: Sent["method"], rest: string | ((scene: Scene) => string), part: Part = {}): Attempt["request"] {
  return (scene) => to(scene.places, scene.target.bucket, typeof rest === "string" ? rest : rest(scene), method, part);
}

/** To the attacker's own bucket, out of the target's. */
function copying(rest: (scene: Scene) => string, source: (scene: Scene) => string, more = {}): Attempt["request"] {
  return (scene) => {
    const { attacker, target, places } = scene;
    if (target.bucket === undefined) return undefined;
    const headers = { "x-amz-copy-source": `/${target.bucket}/${source(scene)}`, ...more };
    return to(places, attacker.bucket, `/${rest(scene)}`, "PUT", { headers });
  };
}

const file = ({ run }: Scene) => `/${plantedKey(run)}`;
/** A name in the bucket that nothing has. */
const none = ({ run, mark }: Scene) => `/${plantedKey(run)}-${mark}`;
const own = ({ run }: Scene) => `/${plantedKey(run)}-own`;
const part = (scene: Scene) => `${none(scene)}?partNumber=1&uploadId=none`;

interface Row extends Pick<Attempt, "what" | "request" | "seen" | "undo"> {
  readonly by?: readonly Kind[];
}

/** On the other's bucket: everything is refused. Statuses after the name come only once the caller was let in. */
const OTHER: Readonly<Record<string, Row>> = {
  "read-file": { what: "read a file", request: at("GET", file) },
  "look-at-file": { what: "read a file's size and type", request: at("HEAD", file) },
  "read-file-tags": {
    what: "read a file's tags",
    request: at("GET", (scene) => `${file(scene)}?tagging`),
    seen: byStatus(404),
  },
  "read-file-acl": {
    what: "read who may read a file",
    request: at("GET", (scene) => `${file(scene)}?acl`),
    seen: byStatus(404, 501),
  },
  "write-file": {
    what: "write a file",
    request: at("PUT", (scene) => `${none(scene)}-written`, { body: "tenantry verify" }),
    undo: at("DELETE", (scene) => `${none(scene)}-written`),
  },
  "delete-file": { what: "delete a file", request: at("DELETE", none) },
  "delete-files": { what: "delete several files at once", request: deleteFiles, seen: withoutErrors },
  "list-files": { what: "list the files", request: at("GET", "?list-type=2&max-keys=1") },
  "list-files-v1": { what: "list the files, the old way", request: at("GET", "?max-keys=1") },
  "list-versions": { what: "list the files' versions", request: at("GET", "?versions&max-keys=1") },
  "list-uploads": { what: "list uploads in parts", request: at("GET", "?uploads") },
  "begin-upload": {
    what: "begin an upload in parts",
    request: at("POST", (scene) => `${none(scene)}?uploads`),
    undo: (scene, { text }) => {
      const id = /<UploadId>([^<]*)/.exec(text)?.[1] ?? "";
      return at("DELETE", `${none(scene)}?uploadId=${id}`)(scene);
    },
  },
  "upload-part": { what: "upload a part", request: at("PUT", part, { body: "x" }), seen: byStatus(404) },
  "list-parts": {
    what: "list an upload's parts",
    request: at("GET", (scene) => `${none(scene)}?uploadId=none`),
    seen: byStatus(404),
  },
  "abort-upload": {
    what: "give an upload up",
    request: at("DELETE", (scene) => `${none(scene)}?uploadId=none`),
    seen: byStatus(404),
  },
  "copy-file": {
    what: "copy a file into its own bucket",
    by: KEYS,
    request: copying(
      (scene) => none(scene).slice(1),
      (scene) => plantedKey(scene.run),
    ),
    undo: (scene) => to(scene.places, scene.attacker.bucket, none(scene), "DELETE"),
  },
  "move-file": {
    what: "move a file into its own bucket",
    by: KEYS,
    request: copying(
      (scene) => none(scene).slice(1),
      (scene) => `${plantedKey(scene.run)}-absent`,
      { "x-tigris-rename": "true" },
    ),
    seen: byStatus(404),
  },
  "copy-part": {
    what: "copy a file as a part into its own bucket",
    by: WRITERS,
    request: (scene) =>
      copying(
        ({ attacker }) => `${plantedKey(scene.run)}-parts?partNumber=1&uploadId=${attacker.uploadId ?? "none"}`,
        () => plantedKey(scene.run),
      )(scene),
  },
  "look-at-bucket": { what: "ask whether the bucket exists", request: at("HEAD", "") },
  "delete-bucket": { what: "delete the bucket", request: at("DELETE", ""), seen: byStatus(409) },
  "read-settings": { what: "read the bucket's settings", request: at("GET", "?metadata"), seen: byStatus(404) },
  "change-settings": {
    what: "change the bucket's settings",
    request: at("PATCH", "", { body: "no JSON" }),
    seen: byStatus(400),
  },
  "read-tags": { what: "read the bucket's tags", request: at("GET", "?tagging"), seen: byStatus(404) },
  "change-tags": {
    what: "change the bucket's tags",
    request: at("PUT", "?tagging", summed("no XML")),
    seen: byStatus(400),
  },
  "read-policy": { what: "read the bucket's policy", request: at("GET", "?policy"), seen: byStatus(404) },
  "change-policy": {
    what: "change the bucket's policy",
    request: at("PUT", "?policy", { body: "no JSON" }),
    seen: byStatus(400),
  },
  "read-cors": { what: "read the bucket's CORS rules", request: at("GET", "?cors"), seen: byStatus(404) },
  "change-cors": {
    what: "change the bucket's CORS rules",
    request: at("PUT", "?cors", summed("no XML")),
    seen: byStatus(400),
  },
  "read-acl": { what: "read who may use the bucket", request: at("GET", "?acl"), seen: byStatus(404) },
  "change-lifecycle": {
    what: "have files expire",
    request: at("PUT", "?lifecycle", { body: "no XML" }),
    seen: byStatus(400),
  },
  "change-versioning": {
    what: "switch versions on",
    request: at("PUT", "?versioning", { body: "no XML" }),
    seen: byStatus(400),
  },
  snapshot: {
    what: "take a snapshot",
    request: at("PUT", "", { headers: { "x-tigris-snapshot": "true; name=tenantry-verify" } }),
    seen: byStatus(400),
    undo: removeSnapshot,
  },
  "list-snapshots": {
    what: "list snapshots",
    request: ({ target, places }) =>
      target.bucket === undefined
        ? undefined
        : { method: "GET", url: s3Url(places.s3, "/"), headers: { "x-tigris-snapshot": target.bucket } },
  },
  fork: {
    what: "fork the bucket",
    by: KEYS,
    request: fork,
    seen: byStatus(501),
    undo: ({ places, nextBucket }) => to(places, `${nextBucket}-fork`, "", "DELETE"),
  },
  "sign-url": {
    what: "read a file by a URL signed with its own key",
    by: KEYS,
    request: signedFor((scene) => scene.target, file, file),
    seen: bySecret,
  },
  "replay-url": {
    what: "use a URL signed for the own file on it",
    by: KEYS,
    request: signedFor((scene) => scene.attacker, file, file),
    seen: bySecret,
  },
};

/**
 * Calls on the organisation, where nothing belongs to a tenant. The forms are incomplete: an authorised call gets that
 * answer.
 */
const ACCOUNT: Readonly<Record<string, Row>> = {
  "list-buckets": {
    what: "list all buckets",
    by: ALL,
    request: ({ places }) => ({ method: "GET", url: s3Url(places.s3, "/") }),
  },
  "next-bucket": {
    what: "create the bucket that the next tenant would get",
    by: ALL,
    request: ({ places, nextBucket }) => to(places, nextBucket, "", "PUT"),
    undo: ({ places, nextBucket }) => to(places, nextBucket, "", "DELETE"),
  },
  ...Object.fromEntries(
    [
      ["list-keys", "list all keys", "ListAccessKeys"],
      ["create-key", "make a key", "CreateAccessKeyWithBucketsRole"],
      ["give-role", "give its own key a role", "UpdateAccessKeyWithBucketsRole"],
      ["switch-key", "switch a key on", "UpdateAccessKey"],
      ["rotate-key", "renew a key's secret", "RotateAccessKey"],
      ["delete-key", "delete a key", "DeleteAccessKey"],
      ["list-policies", "list all policies", "ListPolicies"],
      ["create-policy", "make a policy", "CreatePolicy"],
      ["change-policy-document", "change a policy", "UpdatePolicy"],
      ["attach-policy", "attach a policy to its own key", "AttachUserPolicy"],
      ["delete-policy", "delete a policy", "DeletePolicy"],
    ].map(([id = "", what = "", action = ""]) => [
      id,
      { what, by: ALL, request: iam(action), seen: byStatus(400, 404) },
    ]),
  ),
};

/** What a key may and may not do at home. Without the first ones nothing else says anything. */
const OWN: readonly (Row & Pick<Attempt, "expected"> & { readonly id: string; readonly by: readonly Kind[] })[] = [
  { id: "own-read", what: "read a file of its own", by: KEYS, expected: "allowed", request: at("GET", file) },
  {
    id: "own-url",
    what: "read a file of its own by a signed URL",
    by: KEYS,
    expected: "allowed",
    request: signedFor((scene) => scene.target, file, file),
  },
  {
    id: "own-list",
    what: "list its own files",
    by: KEYS,
    expected: "allowed",
    request: at("GET", "?list-type=2&max-keys=1"),
  },
  {
    id: "own-write",
    what: "write a file of its own",
    by: WRITERS,
    expected: "allowed",
    request: at("PUT", own, { body: "x" }),
  },
  {
    id: "reader-write",
    what: "write a file with a key that may only read",
    by: ["reader"],
    expected: "refused",
    request: at("PUT", own, { body: "x" }),
  },
  {
    id: "reader-delete",
    what: "delete a file with a key that may only read",
    by: ["reader"],
    expected: "refused",
    request: at("DELETE", none),
  },
  {
    id: "own-bucket-delete",
    what: "delete its own bucket",
    by: KEYS,
    expected: "refused",
    request: at("DELETE", ""),
    seen: byStatus(409),
  },
  {
    id: "own-settings",
    what: "change its own bucket's settings",
    by: KEYS,
    expected: "refused",
    request: at("PATCH", "", { body: "no JSON" }),
    seen: byStatus(400),
  },
  {
    id: "own-policy",
    what: "change its own bucket's policy",
    by: KEYS,
    expected: "refused",
    request: at("PUT", "?policy", { body: "no JSON" }),
    seen: byStatus(400),
  },
  {
    id: "replay-own-url",
    what: "use a URL signed for one file on another",
    by: KEYS,
    expected: "refused",
    request: signedFor((scene) => scene.target, none, file),
    seen: bySecret,
  },
];

/** Attempts on files, buckets and keys. */
export const tigrisAttempts: readonly Attempt[] = [
  ...OWN.map(({ id, ...row }): Attempt => ({ id: `tigris.${id}`, against: "own", ...row })),
  ...Object.entries(OTHER).map(([id, row]) => refused(id, "other", row)),
  ...Object.entries(ACCOUNT).map(([id, row]) => refused(id, "account", row)),
];

function refused(id: string, against: Attempt["against"], row: Row): Attempt {
  return { id: `tigris.${id}`, against, expected: "refused", by: ALL, ...row };
}

function iam(action: string): Attempt["request"] {
  return ({ places }) => ({
    method: "POST",
    url: `${places.iam}/?Action=${action}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "",
  });
}

function deleteFiles(scene: Scene): Sent | undefined {
  const body = `<Delete><Object><Key>${none(scene).slice(1)}</Key></Object></Delete>`;
  return to(scene.places, scene.target.bucket, "?delete", "POST", summed(body));
}

/** S3 takes some bodies only with their sum. */
function summed(body: string): Part {
  return { body, headers: { "content-md5": createHash("md5").update(body).digest("base64") } };
}

/** It may answer 200 and refuse each file by itself. */
function withoutErrors(answer: Answer): Seen {
  return answer.text.includes("<Code>AccessDenied</Code>") ? "refused" : byStatus()(answer);
}

function removeSnapshot(scene: Scene, { headers }: Answer): Sent | undefined {
  const version = headers["x-tigris-snapshot-version"];
  return version === undefined
    ? undefined
    : at("DELETE", "", { headers: { "x-tigris-snapshot-version": version } })(scene);
}

function fork({ places, target, nextBucket }: Scene): Sent | undefined {
  if (target.bucket === undefined) return undefined;
  return to(places, `${nextBucket}-fork`, "", "PUT", { headers: { "x-tigris-fork-source-bucket": target.bucket } });
}

/** Sent to the target's `used`, with a signature for `signed` in the bucket of `whose`. */
function signedFor(
  whose: (scene: Scene) => Scene["target"],
  signed: (scene: Scene) => string,
  used: (scene: Scene) => string,
): Attempt["request"] {
  return (scene) => {
    const bucket = whose(scene).bucket;
    const sent = to(scene.places, scene.target.bucket, used(scene), "GET");
    if (bucket === undefined || sent === undefined) return undefined;
    return { ...sent, presignedFor: s3Url(scene.places.s3, `/${bucket}${signed(scene)}`) };
  };
}
