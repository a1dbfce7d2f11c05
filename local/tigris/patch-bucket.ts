import { visibleBucket } from "./bucket-lookup.ts";
import { shownSettings } from "./bucket-metadata.ts";
import { settingsAfterPatch } from "./bucket-settings.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import { forksOf } from "./forks.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { MANAGE_BUCKET } from "./role-document.ts";
import { jsonAnswer } from "./s3-answer.ts";
import type { S3Target } from "./s3-operation.ts";
import { isEventual } from "./staleness.ts";

// Tigris' SDK reads `status`, the Terraform provider `Update`.
const DONE = { status: "success", Update: "success" };

/**
 * `PATCH /<bucket>`: changes settings by a JSON body and the two ACL headers. Only administrators and the bucket's editors.
 * CORS rules set this way are kept and read back, but the engine does not act on them.
 */
export async function patchBucket(gateway: Gateway, call: Call, target: S3Target, name: string): Promise<Response> {
  const caller = await callerOf(gateway, call);
  visibleBucket(gateway, name);
  await demand(gateway, caller, MANAGE_BUCKET, name);
  const body = parseJson(await call.req.text());
  // Read again: since the first look there was a wait, and another PATCH may have come through.
  const bucket = visibleBucket(gateway, name);
  const changed = { ...bucket, settings: settingsAfterPatch(bucket.settings, body, target.header) };
  if (bucket.settings.type === 1 && changed.settings.type === 0 && forksOf(gateway, name).length > 0)
    throw new Refusal(400, "InvalidRequest", "Snapshots cannot be disabled while the bucket has forks.");
  if (changed.settings.type === 1) await gateway.engine.keepVersions(name);
  const lag = isEventual(bucket) || isEventual(changed) ? gateway.switches.read("lagMs") : 0;
  const now = gateway.clock();
  const before = { settings: shownSettings(bucket, now), until: new Date(now.getTime() + lag).toISOString() };
  gateway.buckets.put(name, { ...changed, ...(lag === 0 ? {} : { before }) });
  return jsonAnswer(DONE);
}

/** `POST /<bucket>?restore`: makes a soft-deleted bucket a live one again, with all that it held. */
export async function restoreBucket(gateway: Gateway, call: Call, _target: S3Target, name: string): Promise<Response> {
  const caller = await callerOf(gateway, call);
  return gateway.turns.run(name, async () => {
    await demand(gateway, caller, MANAGE_BUCKET, name);
    const bucket = gateway.buckets.get(name);
    if (bucket?.deleted === undefined)
      throw new Refusal(404, "NoSuchBucket", "There is no soft-deleted bucket of this name.");
    const { deleted: _, ...live } = bucket;
    gateway.buckets.put(name, live);
    return jsonAnswer(DONE);
  });
}

function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "InvalidArgument", "The body is not JSON.");
  }
}
