import { isForfeit } from "./buckets.ts";
import { settingsAtCreation } from "./bucket-settings.ts";
import type { Call } from "./call.ts";
import { fill, forkAsked } from "./forks.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import type { S3Target } from "./s3-operation.ts";
import { settle, wipe } from "./settlement.ts";

/** CreateBucket: the engine decides, the gateway remembers what the `X-Tigris-*` headers ask for. */
export function createBucket(gateway: Gateway, call: Call, target: S3Target, name: string): Promise<Response> {
  const { buckets, forwarding } = gateway;
  return gateway.turns.run(name, async () => {
    const fork = await forkAsked(gateway, call, target.header, name);
    const asked = settingsAtCreation(target.header);
    // A fork is a bucket that keeps versions, as what it began as.
    const settings = fork === undefined ? asked : { ...asked, type: 1 as const };
    const body = await call.req.text();
    if (gateway.foreign.get(name) !== undefined) throw nameTaken("The requested bucket name is not available.");
    await settle(gateway, name);
    const before = buckets.get(name);
    if (before !== undefined && isForfeit(before, gateway.clock())) await wipe(gateway, name);
    else if (before?.deleted !== undefined) throw nameTaken("The bucket is soft-deleted; its name stays reserved.");
    // The engine says whose it is.
    else if (before !== undefined) return forwarding.ask(call.env.incoming, body);

    const bucket = { settings, ...(fork === undefined ? {} : { fork }) };
    const isFilling = fork === undefined ? {} : { isFilling: true as const };
    buckets.put(name, { createdAt: gateway.clock().toISOString(), ...bucket, ...isFilling, unsettled: true });
    const answer = await forwarding.ask(call.env.incoming, body);
    if (answer.ok) {
      if (settings.type === 1) await gateway.engine.keepVersions(name);
      if (fork !== undefined) await fill(gateway, name, fork);
      buckets.put(name, { createdAt: gateway.clock().toISOString(), ...bucket });
    } else if (answer.status < 500) buckets.remove(name);
    return answer;
  });
}

function nameTaken(message: string): Refusal {
  return new Refusal(409, "BucketAlreadyExists", message);
}
