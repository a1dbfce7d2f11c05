import * as z from "zod";

import { type FlyOperation, json } from "./operation.ts";
import { ownOrganization } from "./organization.ts";
import { NEAREST, REGIONS } from "./regions.ts";
import { withoutNulls } from "./without-nulls.ts";

const placementSchema = z.preprocess(
  withoutNulls,
  z.object({ org_slug: z.string(), region: z.string().optional(), count: z.int().min(1).default(1) }),
);

/** Regions, and the question where there is room: here there always is. */
export function regionOperations(): FlyOperation[] {
  return [
    {
      name: "GET /v1/platform/regions",
      service: "flaps",
      reach: "anybody",
      limit: "none",
      handle: () => json({ nearest: NEAREST, regions: REGIONS }),
    },
    {
      name: "POST /v1/platform/placements",
      service: "flaps",
      mutating: false,
      limit: "none",
      async handle(call) {
        const { org_slug: org, region = "any", count } = await call.body(placementSchema);
        ownOrganization(org);
        const codes = region === "any" ? REGIONS.map(({ code }) => code) : region.split(",");
        return json({ regions: codes.map((code) => ({ region: code, count, concurrency: count })) });
      },
    },
  ];
}
