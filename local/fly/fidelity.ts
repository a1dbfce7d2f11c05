import type { Difference } from "../fidelity.ts";

/** What the embedded Fly does as Fly does it, other than its documents say. */
export const fidelity: readonly Difference[] = [
  {
    id: "2",
    now: "An update of a machine that is not started leaves it stopped (`created` stays `created`); `/start` is refused (412) while it is replaced. `fly.updateEndsStopped`: so does an update into which autostop falls.",
    tests: [
      {
        file: "provider/fly/machine-start.test.ts",
        title: "has it started with its new config after a %s by Fly's proxy",
      },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "has it started when autostop stops it in the middle of the update",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "8",
    now: "A second machine of one name is refused (409) with the id of the first. `fly.listLagMs`: lists are older than what they list.",
    tests: [
      {
        file: "provider/fly/machine-name.test.ts",
        title: "keeps it from being made twice while Fly's lists do not show it yet",
      },
      {
        file: "provider/fly/machine-name.test.ts",
        title: "has the next run adopt what a killed one made, brought to what is declared, whatever the lists show",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "16",
    now: "`fly.bootTakesMs`: a machine stays that long in `starting` or `replacing`.",
    tests: [
      { file: "provider/fly/machine-start.test.ts", title: "waits while the image is pulled" },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "is five minutes for a state that passes and for a boot, as Fly's documents say",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
  {
    id: "18",
    now: "`GET /v1/apps` leaves out the organisation while `fly.appListWithoutOrganization` is on.",
    tests: [
      { file: "provider/fly/app.test.ts", title: "is read when Fly's list of apps does not name the organisation" },
    ],
    commit: "Give the embedded cloud switches for what its vendors leave open",
  },
  {
    id: "21",
    now: "`fly.startOfCreatedRefusedMs`: a machine refuses to start just after it was created. `fly.destroyNeedsForce`: one that never ran is destroyed only with force.",
    tests: [
      {
        file: "provider/fly/machine-start.test.ts",
        title: "resumes a tenant that was suspended from birth, also while Fly refuses to start what is new",
      },
      {
        file: "provider/fly/machine-start.test.ts",
        title: "is destroyed, whether Fly wants force for that or not: %p",
      },
    ],
    commit: "Start a machine that an update leaves stopped, and never make one twice",
  },
];
