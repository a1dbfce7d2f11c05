import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ASKING } from "../../cli/first-line.ts";
import { VERBS } from "../../cli/verbs.ts";
import { cloudStatus } from "../../local/cloud.ts";
import { engineInWords, findingsOf } from "../../operations/engine/embedded-cloud.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const lastFailure = (at: string) => ({ at, why: "signal SIGKILL" });

describe("what a verb tells of the embedded cloud's engines", () => {
  it("is nothing while all is well, or has long been well again", () => {
    const engines = [
      { name: "sqld", state: "up" as const, pid: 1, restarts: 0 },
      {
        name: "s3-engine",
        state: "up" as const,
        pid: 2,
        restarts: 3,
        lastFailure: lastFailure("2026-11-26T11:00:00Z"),
      },
    ];
    expect(findingsOf({ engines }, NOW)).toEqual({ absent: [], restarted: [] });
  });

  it("is which are not there, and which have just been started again", () => {
    const engines = [
      { name: "sqld", state: "down" as const, pid: 1, restarts: 0, lastFailure: lastFailure("2026-11-26T11:00:00Z") },
      {
        name: "iam-engine",
        state: "up" as const,
        pid: 2,
        restarts: 2,
        lastFailure: lastFailure("2026-11-26T11:59:00Z"),
      },
    ];
    expect(findingsOf({ engines }, NOW)).toEqual({
      absent: ["sqld is down, last ended at 2026-11-26T11:00:00Z (signal SIGKILL)"],
      restarted: ["iam-engine is up, started again 2 times, last ended at 2026-11-26T11:59:00Z (signal SIGKILL)"],
    });
    expect(engineInWords({ name: "sqld", state: "restarting", pid: 1, restarts: 0 })).toBe(
      "sqld is being started again",
    );
  });

  it("is told by verbs that exist", () => {
    const names = new Set(VERBS.map(({ name }) => name));
    expect([...ASKING].filter((name) => !names.has(name))).toEqual([]);
  });
});

describe("a verb", () => {
  let cloud: TestCloud;
  let project: ScratchProject;
  beforeAll(async () => {
    ({ cloud, project } = await startFleet({ verbs: "cold" }));
    project.tenant("acme");
  });
  afterAll(async () => {
    await endFleet({ cloud, project });
  });

  it("says that an engine was started again, and so do `cloud status` and `doctor`", async () => {
    const engine = async () => (await cloudStatus(cloud.home))?.engines.find(({ name }) => name === "sqld");
    process.kill((await engine())?.pid ?? 0, "SIGKILL");
    while ((await engine())?.restarts !== 1) await sleep(10);
    const told = /sqld is up, started again once, last ended at \S+ \(signal SIGKILL\)/;
    const verbs = [["status"], ["cloud", "status"], ["doctor"]];
    const [status, cloudShown, doctor] = await Promise.all(verbs.map((words) => project.tenantry(...words)));
    expect(status?.stderr.split("\n")[0]).toMatch(told);
    expect(doctor?.stdout).toMatch(told);
    expect(cloudShown).toMatchObject({ code: 0, stdout: expect.stringMatching(told) });
    expect(cloudShown?.stdout).toContain("s3-engine is up");
  });

  it("ends at once, with a code and the next step, when the embedded cloud was killed", async () => {
    await cloud.kill();
    const verbs = [["plan"], ["drift"], ["status"], ["up"], ["env", "acme"]];
    const ran = await Promise.all(verbs.map((words) => project.tenantry(...words)));
    const expected = `CLOUD_NOT_UP: no embedded cloud answers for ${cloud.home}\n  next: Start it with \`npx tenantry cloud up\`.\n`;
    expect(ran).toEqual(verbs.map(() => ({ code: 1, stdout: "", stderr: expected })));
  });
});
