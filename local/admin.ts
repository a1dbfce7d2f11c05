import { timingSafeEqual } from "node:crypto";

import { Hono } from "hono";
import * as z from "zod";

import type { CallLog } from "./call-log.ts";
import { type FaultPlan, faultSchema } from "./faults.ts";
import type { EngineState } from "./supervision.ts";
import type { SwitchBoards } from "./switches.ts";

/** What the cloud reports about itself. */
export interface CloudStatus {
  readonly pid: number;
  readonly startedAt: string;
  readonly vendors: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
  /** The real engines behind the vendors' APIs. */
  readonly engines: readonly EngineState[];
}

/** The cloud's own address, for its CLI and for tests: status, faults, switches, the call log, shutdown. */
export function adminApp(parts: {
  token: string;
  calls: CallLog;
  faults: FaultPlan;
  switches: SwitchBoards;
  status(): Promise<CloudStatus>;
  shutdown(): void;
}): Hono {
  const { calls, faults, switches } = parts;
  const app = new Hono();
  const expected = Buffer.from(`Bearer ${parts.token}`);
  app.use("*", async (context, next) => {
    const given = Buffer.from(context.req.header("authorization") ?? "");
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return context.json({ error: "token" }, 401);
    return next();
  });
  app.get("/status", async (context) => context.json(await parts.status()));
  app.get("/faults", (context) => context.json(faults.rules()));
  app.get("/faults/struck", (context) => context.json(faults.struck()));
  app.put("/faults", async (context) => {
    const rules = z.array(faultSchema).safeParse(await context.req.json());
    if (!rules.success) return context.json({ error: z.prettifyError(rules.error) }, 400);
    faults.set(rules.data);
    return context.json(rules.data);
  });
  app.get("/switches", (context) => context.json(switches.states()));
  app.post("/switches", async (context) => {
    const values = z.record(z.string(), z.unknown()).safeParse(await context.req.json());
    const wrong = values.success ? switches.set(values.data) : z.prettifyError(values.error);
    return wrong === undefined ? context.json(switches.states()) : context.json({ error: wrong }, 400);
  });
  app.post("/switches/all", (context) => {
    switches.setAll();
    return context.json(switches.states());
  });
  app.delete("/switches", (context) => {
    switches.reset();
    return context.body(null, 204);
  });
  app.get("/calls", (context) => context.json(calls.counts()));
  app.get("/calls/arrived", async (context) => {
    await calls.arrived(Number(context.req.query("mutating") ?? 1), context.req.query("vendor"));
    return context.body(null, 204);
  });
  app.delete("/calls", (context) => {
    calls.clear();
    return context.body(null, 204);
  });
  app.post("/shutdown", (context) => {
    parts.shutdown();
    return context.body(null, 202);
  });
  return app;
}
