import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import { verifySignature } from "./signature.ts";

/** Who makes a call that the gateway answers itself: the id of a key whose signature was checked. */
export interface Caller {
  readonly keyId: string;
  readonly address: string;
}

/** Checks the signature of a call. Reads its body, so it is not for calls that carry objects. Throws a Refusal. */
export async function callerOf(gateway: Gateway, call: Call): Promise<Caller> {
  return callerByHead(gateway, call, await call.req.text());
}

/** The same without a look at the body, which the engine holds against what was signed. */
export function callerByHead(gateway: Gateway, call: Call, body?: string): Caller {
  const { incoming } = call.env;
  const received = {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    headers: incoming.headers as Record<string, string | undefined>,
    body,
  };
  const keyId = verifySignature(received, (id) => secretOf(gateway, id), gateway.clock());
  return { keyId, address: incoming.socket.remoteAddress ?? "" };
}

/** Throws a Refusal unless the caller may do `action` on `resource` (a bucket's name, or `*`). Root may do everything. */
export async function demand(gateway: Gateway, caller: Caller, action: string, resource: string): Promise<void> {
  if (caller.keyId === gateway.root.accessKeyId) return;
  const conditions = { "aws:SourceIp": [caller.address], "aws:CurrentTime": [gateway.clock().toISOString()] };
  const arn = action.startsWith("iam:") ? resource : `arn:aws:s3:::${resource}`;
  if (!(await gateway.judge.allows(caller.keyId, action, arn, conditions))) {
    throw new Refusal(
      403,
      "AccessDenied",
      `Key ${caller.keyId} is not authorized to perform ${action} on ${resource}.`,
    );
  }
}

/** The secret of a key that may sign; undefined when it does not exist or is switched off. */
export function secretOf({ root, keys }: Gateway, id: string): string | undefined {
  if (id === root.accessKeyId) return root.secretAccessKey;
  const key = keys.get(id);
  return key?.status === "active" ? key.secret : undefined;
}
