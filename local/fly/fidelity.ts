import type { Difference } from "../fidelity.ts";

/** What the embedded Fly does as Fly does it, other than its documents say. */
export const fidelity: readonly Difference[] = [
  {
    id: "18",
    now: "`GET /v1/apps` leaves out the organisation while `fly.appListWithoutOrganization` is on.",
    tests: [
      { file: "provider/fly/app.test.ts", title: "is read when Fly's list of apps does not name the organisation" },
    ],
    commit: "Give the embedded cloud switches for what its vendors leave open",
  },
];
