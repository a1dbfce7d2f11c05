import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { GatesReport } from "../../../operations/gates/run.ts";
import { machinesRun, whyNoMachine } from "../../container/machine.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { outsider } from "../../support/outsider.ts";
import { itIf } from "../../support/skip.ts";
import { scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  cloud = await startCloud({ machines: "processes" });
  project = scratchProject(cloud.home);
}, 120_000);

afterAll(async () => {
  project.dispose();
  await cloud.dispose();
}, 120_000);

describe("tenantry gates --quick", () => {
  itIf(machinesRun, whyNoMachine)(
    "measures every gate that is built, and leaves nothing of its own behind",
    async () => {
      const { stdout, stderr } = await project.tenantry("gates", "--quick", "--json", "--network", "none");
      expect(stderr).not.toContain("next:");
      const report = JSON.parse(stdout) as GatesReport;
      const built = report.gates.filter(({ conditions }) => conditions !== "");
      expect(built.filter(({ verdict }) => verdict === "NOT MEASURED")).toEqual([]);
      const verdicts = Object.fromEntries(built.map(({ id, verdict }) => [id, verdict]));
      expect(verdicts).toMatchObject({
        "mount.success": "GO",
        "files.operations": "GO",
        "durability.kill": "GO",
        "isolation.attacked": "GO",
      });
      expect(report.left).toEqual([]);
      const { s3, turso, fly } = outsider(cloud);
      expect(await s3("GET", "/")).not.toContain("-gate-");
      expect(await turso("GET", "/databases")).toEqual({ databases: [] });
      expect(await fly("GET", "/apps?org_slug=tenantry-local")).toMatchObject({ total_apps: 0 });
    },
    300_000,
  );

  it("calculates what needs no machine, and says which gates there are", async () => {
    const { code, stdout } = await project.tenantry("gates", "--only", "cost", "--json");
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as GatesReport).gates).toMatchObject([{ id: "cost.break-even", verdict: "REPORTED" }]);
    const unknown = await project.tenantry("gates", "--only", "nothing");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("GATE_UNKNOWN")]);
  }, 60_000);
});
