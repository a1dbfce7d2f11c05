import { isForfeit } from "./buckets.ts";
import { FORK, settingsAtCreation } from "./bucket-settings.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { Refusal } from "./refusal.ts";
import type { S3Target } from "./s3-operation.ts";
import { settle, wipe } from "./settlement.ts";

/** CreateBucket: the engine decides, the gateway remembers what the `X-Tigris-*` headers ask for. */
export function createBucket(gateway: Gateway, call: Call, target: S3Target, name: string): Promise<Response> {
  const { buckets, forwarding } = gateway;
  return gateway.turns.run(name, async () => {
    // What is refused of the headers, only a caller who may create buckets is told.
    if (target.header(FORK) !== undefined)
      await demand(gateway, await callerOf(gateway, call), "s3:CreateBucket", name);
    const settings = settingsAtCreation(target.header);
    const body = await call.req.text();
    if (gateway.foreign.get(name) !== undefined) throw nameTaken("The requested bucket name is not available.");
    await settle(gateway, name);
    const before = buckets.get(name);
    if (before !== undefined && isForfeit(before, gateway.clock())) await wipe(gateway, name);
    else if (before?.deleted !== undefined) throw nameTaken("The bucket is soft-deleted; its name stays reserved.");
    // The engine says whose it is.
    else if (before !== undefined) return forwarding.ask(call.env.incoming, body);

    buckets.put(name, { createdAt: gateway.clock().toISOString(), settings, unsettled: true });
    const answer = await forwarding.ask(call.env.incoming, body);
    if (answer.ok) buckets.put(name, { createdAt: gateway.clock().toISOString(), settings });
    else if (answer.status < 500) buckets.remove(name);
    return answer;
  });
}

function nameTaken(message: string): Refusal {
  return new Refusal(409, "BucketAlreadyExists", message);
}
