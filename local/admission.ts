import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

import type { CallLog } from "./call-log.ts";
import type { FaultPlan, FaultRule } from "./faults.ts";
import type { Operation, Surface } from "./surface.ts";

/** Puts the call log, the way to the vendor (`delayMs`) and fault injection in front of its surface. */
export function admit(
  vendor: string,
  surface: Surface,
  calls: CallLog,
  faults: FaultPlan,
  delayMs: (operation: Operation) => number,
): Hono {
  const admission = createMiddleware(async (context, next) => {
    const operation = await surface.identify(context);
    calls.add(vendor, operation);
    const { latencyMs, fault } = faults.strike(vendor, operation);
    const lateMs = latencyMs + delayMs(operation);
    if (lateMs > 0) await sleep(lateMs);
    if (fault === undefined) {
      await next();
      return;
    }
    const { outgoing } = context.env as HttpBindings;
    if (fault.when === "before") return answer(fault, outgoing);
    const swallowed = swallow(outgoing);
    await next();
    if (context.res.headers.get("x-hono-already-sent") !== null) await swallowed.ended;
    swallowed.restore();
    context.res = await answer(fault, outgoing);
    return;
  });
  const front = new Hono();
  front.use("*", admission);
  front.route("/", surface.app);
  return front;
}

async function answer(fault: FaultRule, outgoing: ServerResponse): Promise<Response> {
  switch (fault.kind) {
    case "reset":
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    case "timeout":
      // The client gives up first; until then the connection stays open without a byte.
      await new Promise((resolve) => outgoing.once("close", resolve));
      return RESPONSE_ALREADY_SENT;
    case "throttle":
      return failure(429, { "retry-after": String(fault.retryAfterSeconds) });
    case "error":
    case "latency":
      return failure(fault.status, {}, fault.body);
  }
}

function failure(status: number, headers: Record<string, string>, words?: FaultRule["body"]): Response {
  const text = `injected fault ${status}`;
  const body = JSON.stringify(words ?? { error: text, message: text });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

/** Lets a handler that writes to the socket itself do its work while its answer goes nowhere. */
function swallow(outgoing: ServerResponse): { ended: Promise<void>; restore(): void } {
  const { write, end, writeHead } = outgoing;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  outgoing.writeHead = () => outgoing;
  outgoing.write = () => true;
  outgoing.end = () => {
    resolve(undefined);
    return outgoing;
  };
  const restore = () => void Object.assign(outgoing, { write, end, writeHead });
  return { ended: promise, restore };
}
