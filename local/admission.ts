import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";

import type { CallLog } from "./call-log.ts";
import type { FaultPlan, FaultRule } from "./faults.ts";
import { OldAnswers } from "./old-answers.ts";
import type { Operation, Surface } from "./surface.ts";
import { again, takeAnswer, type TakenAnswer } from "./taken-answer.ts";

/** Puts the call log, the way to the vendor (`delayMs`) and fault injection in front of its surface. */
export function admit(
  vendor: string,
  surface: Surface,
  calls: CallLog,
  faults: FaultPlan,
  delayMs: (operation: Operation) => number,
): Hono {
  const old = new OldAnswers();
  const admission = createMiddleware(async (context, next) => {
    const operation = await surface.identify(context);
    calls.add(vendor, operation);
    const { latencyMs, fault } = faults.strike(vendor, operation);
    const lateMs = latencyMs + delayMs(operation);
    if (lateMs > 0) await sleep(lateMs);
    const { outgoing } = context.env as HttpBindings;
    if (fault?.kind === "stale") {
      const answer = old.before(await asked(context));
      if (answer !== undefined) return again(answer);
    } else if (fault?.when === "before" && fault.kind !== "cut") return broken(fault, outgoing);
    if (fault === undefined || fault.kind === "stale") {
      if (faults.isStaleWanted) await remember(old, operation, context);
      else old.forget();
      await next();
      return;
    }
    old.changed();
    const taking = takeAnswer(outgoing, { isPassed: false });
    await next();
    const isSent = context.res.headers.get("x-hono-already-sent") !== null;
    const answer = isSent ? await taking.ended : await taken(context.res);
    taking.restore();
    context.res = fault.kind === "cut" ? again(halved(answer)) : await broken(fault, outgoing);
    return;
  });
  const front = new Hono();
  front.use("*", admission);
  front.route("/", surface.app);
  return front;
}

/** Keeps what this call is about to be answered, or notes that it changes something. */
async function remember(old: OldAnswers, { mutating }: Operation, context: Context): Promise<void> {
  if (mutating) {
    old.changed();
    return;
  }
  const what = await asked(context);
  const { outgoing } = context.env as HttpBindings;
  void takeAnswer(outgoing, { isPassed: true }).ended.then((answer) => {
    old.keep(what, answer);
  });
}

/** IAM asks in the body; it was read already, to name the operation. */
async function asked({ req }: Context): Promise<string> {
  const isForm = req.header("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  return [req.method, req.url, isForm ? await req.text() : ""].join(" ");
}

async function taken(response: Response): Promise<TakenAnswer> {
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: [...response.headers], body };
}

function halved({ body, ...head }: TakenAnswer): TakenAnswer {
  return { ...head, body: body.subarray(0, Math.floor(body.length / 2)) };
}

async function broken(fault: FaultRule, outgoing: ServerResponse): Promise<Response> {
  switch (fault.kind) {
    case "reset":
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    case "timeout":
      // The client gives up first; until then the connection stays open without a byte.
      await new Promise((resolve) => outgoing.once("close", resolve));
      return RESPONSE_ALREADY_SENT;
    case "throttle": {
      const { retryAfterSeconds } = fault;
      return failure(429, retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) });
    }
    case "page":
      return new Response(PAGE, { status: fault.status, headers: { "content-type": "text/html; charset=utf-8" } });
    case "error":
    case "cut":
    case "stale":
    case "latency":
      return failure(fault.status, {}, fault.body);
  }
}

const PAGE =
  "<!DOCTYPE html>\n<html><head><title>injected fault</title></head><body><h1>injected fault</h1></body></html>\n";

function failure(status: number, headers: Record<string, string>, words?: FaultRule["body"]): Response {
  const text = `injected fault ${status}`;
  const body = JSON.stringify(words ?? { error: text, message: text });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}
