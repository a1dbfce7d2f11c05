import { visibleBucket } from "./bucket-lookup.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { cut } from "./list-buckets.ts";
import { ORGANIZATION } from "./organization.ts";
import { Refusal } from "./refusal.ts";
import { MANAGE_BUCKET } from "./role-document.ts";
import { emptyAnswer, xmlAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";
import { takeSnapshot } from "./taken-snapshots.ts";

const VERSION = "X-Tigris-Snapshot-Version";

/** `PUT /<bucket>` with `X-Tigris-Snapshot: true[; name=…]`: answers the snapshot's version in a header. */
export async function createSnapshot(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  bucket: string,
): Promise<Response> {
  const caller = await callerOf(gateway, call);
  await demand(gateway, caller, MANAGE_BUCKET, bucket);
  if (visibleBucket(gateway, bucket).settings.type !== 1) {
    throw new Refusal(400, "InvalidRequest", "Snapshots are not enabled on this bucket.");
  }
  const name = /;\s*name=(.+)$/.exec(target.header("x-tigris-snapshot") ?? "")?.[1];
  const { version } = await takeSnapshot(gateway, bucket, name);
  return emptyAnswer(200, { [VERSION]: version });
}

/** `GET /` with `X-Tigris-Snapshot: <bucket>`: the snapshots in the form of a bucket list, named `<version>[; name=…]`. */
export async function listSnapshots(gateway: Gateway, call: Call, target: S3Target): Promise<Response> {
  const bucket = target.header("x-tigris-snapshot") ?? "";
  const caller = await callerOf(gateway, call);
  visibleBucket(gateway, bucket);
  await demand(gateway, caller, "s3:ListBucket", bucket);
  const all = gateway.snapshots
    .entries(`${bucket}/`)
    .map(([key, snapshot]) => ({ version: key.slice(bucket.length + 1), ...snapshot }));
  const { page, next } = cut(all, ({ version }) => version, target.query);
  return xmlAnswer("ListAllMyBucketsResult", {
    Owner: { ID: ORGANIZATION, DisplayName: ORGANIZATION },
    Buckets: {
      Bucket: page.map(({ version, name, createdAt }) => ({
        Name: name === undefined ? version : `${version}; name=${name}`,
        CreationDate: createdAt,
      })),
    },
    ...(next === undefined ? {} : { ContinuationToken: next }),
  });
}

/** `DELETE /<bucket>` with `X-Tigris-Snapshot-Version`: deletes that snapshot only. */
export async function deleteSnapshot(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  bucket: string,
): Promise<Response> {
  const caller = await callerOf(gateway, call);
  await demand(gateway, caller, MANAGE_BUCKET, bucket);
  visibleBucket(gateway, bucket);
  if (!gateway.snapshots.remove(`${bucket}/${target.header(VERSION.toLowerCase()) ?? ""}`)) {
    throw new Refusal(404, "NoSuchSnapshot", "The bucket has no such snapshot.");
  }
  return emptyAnswer(204);
}
