import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import type { S3Target } from "./s3-operation.ts";

/** What a copy reads. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
}

/**
 * CopyObject with `X-Tigris-Rename: true`: the source is gone afterwards (@tigrisdata/storage, object/update.ts; tigris-boto3-ext,
 * rename_object). It needs what a copy and a delete need, and the source goes only after the copy exists.
 */
export async function renameObject(
  gateway: Gateway,
  call: Call,
  target: S3Target,
  source: CopySource,
): Promise<Response> {
  const caller = await callerOf(gateway, call);
  await demand(gateway, caller, "s3:DeleteObject", `${source.bucket}/${source.key}`);
  const answer = await gateway.forwarding.ask(call.env.incoming, await call.req.text());
  const isItself = source.bucket === target.bucket && source.key === target.key;
  if (answer.ok && !isItself) await gateway.engine.remove(source.bucket, source.key);
  return answer;
}
