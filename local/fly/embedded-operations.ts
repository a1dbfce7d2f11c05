import * as z from "zod";

import { appOf } from "./apps.ts";
import { plantEgress } from "./ip-assignments.ts";
import type { CheckOutcome } from "./machines/record-runner.ts";
import { type Call, empty, type FlyOperation, json } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { Refusal } from "./refusal.ts";
import { defaultExpiry, issueToken } from "./tokens.ts";
import type { Tables } from "./tables.ts";

const switchSchema = z.object({ enabled: z.boolean() });
const foreignSchema = z.object({ organization: z.string().default("somebody-else") });
const outcomeSchema = z.object({
  status: z.enum(["passing", "warning", "critical"]),
  output: z.string().default(""),
  /** Only for machines of this image; those of another pass. */
  image: z.string().optional(),
});

const RATE_LIMITS = "rate-limits";

/** Whether the documented rate limits apply. They do unless they were switched off. */
export function hasRateLimits(tables: Tables): boolean {
  return switchSchema.safeParse(tables.settings.get(RATE_LIMITS)).data?.enabled ?? true;
}

/** What the checks of an app's machines say once they are started: passing, unless it was set otherwise. */
export function checkOutcome(tables: Tables): CheckOutcome {
  return (app, image) => {
    const set = outcomeSchema.safeParse(tables.settings.get(outcomeKey(app))).data;
    const isMeant = set !== undefined && (set.image ?? image) === image;
    return isMeant ? { status: set.status, output: set.output } : { status: "passing", output: "" };
  };
}

/** What only the embedded Fly has: how tests set the scene. They want the organisation's own token and change nothing at Fly. */
export function embeddedOperations(platform: Platform): FlyOperation[] {
  const { tables, clock } = platform;
  const common = { service: "platform", mutating: false, limit: "none" } as const;
  return [
    {
      ...common,
      name: "PUT /_embedded/rate-limits",
      async handle(call) {
        administrator(call);
        tables.settings.put(RATE_LIMITS, await call.body(switchSchema));
        return empty(204);
      },
    },
    {
      ...common,
      name: "PUT /_embedded/foreign-apps/{name}",
      async handle(call) {
        administrator(call);
        tables.foreignApps.put(call.param("name"), await call.body(foreignSchema));
        return empty(204);
      },
    },
    {
      ...common,
      name: "DELETE /_embedded/foreign-apps/{name}",
      handle(call) {
        administrator(call);
        tables.foreignApps.remove(call.param("name"));
        return empty(204);
      },
    },
    {
      ...common,
      name: "POST /_embedded/egress-addresses/{app}",
      handle(call) {
        administrator(call);
        plantEgress(platform, appOf(platform, call, "platform"));
        return empty(204);
      },
    },
    {
      ...common,
      name: "PUT /_embedded/checks/{name}",
      async handle(call) {
        administrator(call);
        tables.settings.put(outcomeKey(call.param("name")), await call.body(outcomeSchema));
        return empty(204);
      },
    },
    {
      ...common,
      name: "POST /_embedded/read-only-tokens",
      handle(call) {
        administrator(call);
        return json({ token: issueToken(tables, "read-only", defaultExpiry(clock())) }, 201);
      },
    },
  ];
}

function outcomeKey(app: string): string {
  return `checks ${app}`;
}

function administrator(call: Call): void {
  if (call.access.kind !== "organization") throw new Refusal(403, "only the organization's own token may do this");
}
