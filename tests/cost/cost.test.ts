import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Estimate } from "../../cost/estimate.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { s3Of } from "../support/team-project.ts";

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  project.tenant("globex", "owner: ops@globex.example\nregion: fra\nmachine: { autostop: off }\n");
  project.tenant("initech", "owner: ops@initech.example\nstate: suspended\n");
  project.tenant(
    "umbrella",
    "owner: ops@umbrella.example\nstorage: { backend: fly-volume, volume: { sizeGb: 4 } }\ndatabase: { engine: none }\n",
  );
  const s3 = s3Of(cloud);
  await s3.send(new CreateBucketCommand({ Bucket: "tst-local-acme" }));
  await s3.send(new PutObjectCommand({ Bucket: "tst-local-acme", Key: "file", Body: Buffer.alloc(2_000_000) }));
  const turso = tursoClient(cloud.descriptor.turso);
  await turso.createGroup({ name: "group", location: "aws-us-east-1" }, {});
  await turso.createDatabase({ name: "tst-local-acme", group: "group" }, {});
  await cloud.forgetCalls();
});

afterAll(() => endFleet({ cloud, project }));

async function estimated(...args: string[]): Promise<Estimate> {
  const { code, stdout, stderr } = await project.tenantry("cost", "--json", ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Estimate;
}

describe("tenantry cost", () => {
  it("takes the vendors' own figures where there are any, assumes the rest, and reads only", async () => {
    const { tenants } = await estimated();
    const [acme, globex] = tenants;
    expect(acme?.measured.toSorted()).toEqual(["databaseGb", "rowsRead", "rowsWritten", "storedGb"]);
    expect(acme?.usage.storedGb).toBe(0.002);
    expect(globex).toMatchObject({ measured: [], unread: [], usage: { storedGb: 1, runningHours: 720 } });
    const calls = await cloud.calls();
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
  });

  it("says what could not be read, and goes on with what is assumed", async () => {
    await cloud.faults({ vendor: "turso", kind: "error", status: 403 });
    const { tenants } = await estimated();
    await cloud.faults();
    expect(tenants[0]).toMatchObject({ measured: ["storedGb"], unread: [expect.stringMatching(/^database: \w+$/)] });
  });

  it("asks no vendor with --no-measure, and changes the assumptions", async () => {
    await cloud.forgetCalls();
    const { assumed, tenants, tursoPlan } = await estimated(
      "--no-measure",
      "--gb-per-tenant",
      "7",
      "--turso-plan",
      "scaler",
    );
    expect(await cloud.calls()).toEqual([]);
    expect({ assumed, tursoPlan }).toMatchObject({ assumed: { storedGb: 7 }, tursoPlan: "scaler" });
    expect(tenants.map(({ usage }) => usage.storedGb)).toEqual([7, 7, 7, 7]);
  });

  it("prints what the golden file says, and the same as Markdown", async () => {
    const file = join(project.dir, "cost.md");
    const { stdout } = await project.tenantry("cost", "--no-measure", "--markdown", file);
    expect(stdout).toMatchSnapshot();
    const markdown = readFileSync(file, "utf8");
    for (const word of ["What local costs a month", "| acme |", "turso plan developer", "--gb-per-tenant"]) {
      expect(markdown).toContain(word);
    }
  });

  it("refuses an amount that is none", async () => {
    const { code, stderr } = await project.tenantry("cost", "--hours-per-month", "many");
    expect(code).toBe(1);
    expect(stderr).toContain("expected a number");
  });
});
