import * as z from "zod";

import { empty, type FlyOperation, json } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { failedPrecondition, notFound } from "../refusal.ts";
import { withoutNulls } from "../without-nulls.ts";
import { machineOf, machineToChange } from "./find-machine.ts";
import { current, granted, shownLease } from "./leases.ts";

const leaseSchema = z.preprocess(
  withoutNulls,
  z.object({ ttl: z.int().optional(), description: z.string().optional() }),
);

/** Taking, refreshing (with the nonce) and giving back the lease of a machine. */
export function leaseOperations(platform: Platform): FlyOperation[] {
  const { clock, motion } = platform;
  return [
    {
      name: "GET /v1/apps/{app}/machines/{machine}/lease",
      service: "flaps",
      handle(call) {
        const lease = current(machineOf(platform, call).lease, clock());
        if (lease === undefined) throw notFound("lease");
        return json(shownLease(lease));
      },
    },
    {
      name: "POST /v1/apps/{app}/machines/{machine}/lease",
      service: "flaps",
      async handle(call) {
        const { ttl, description } = await call.body(leaseSchema);
        const machine = machineToChange(platform, call);
        if (machine.state === "destroyed") throw failedPrecondition("machine is destroyed");
        // flyctl sends the time in the query, the OpenAPI file has it in the body.
        const seconds = ttl ?? Number(call.query("ttl") ?? 0);
        const lease = granted(
          machine,
          { ttl: seconds, description, owner: `${call.access.id}@tokens.fly.io` },
          clock(),
        );
        motion.amend({ ...machine, lease });
        return json(shownLease(lease), 201);
      },
    },
    {
      name: "DELETE /v1/apps/{app}/machines/{machine}/lease",
      service: "flaps",
      handle(call) {
        const machine = machineToChange(platform, call);
        if (current(machine.lease, clock()) === undefined) throw notFound("lease");
        motion.amend({ ...machine, lease: undefined });
        return empty(200);
      },
    },
  ];
}
