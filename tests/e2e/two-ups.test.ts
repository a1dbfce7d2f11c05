import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import type { Ran } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

let cloud: TestCloud;
let project: SideProject;

beforeAll(async () => {
  cloud = await startCloud();
});
afterEach(async () => {
  await cloud.faults();
  project.dispose();
});
afterAll(() => cloud.dispose(), 60_000);

function oneTenant(prefix: string): SideProject {
  project = sideProject(cloud, { prefix }, { verbs: "warm" });
  project.tenant("acme");
  return project;
}

/** Starts it, and answers when it has begun to change something and will take another while. */
async function begun(start: () => Promise<Ran>): Promise<{ ended: Promise<Ran> }> {
  await cloud.forgetCalls();
  await cloud.faults({ kind: "latency", mutating: true, latencyMs: 1500 });
  const ended = start();
  await cloud.called(1, ended);
  return { ended };
}

const refused = { code: 1, stderr: expect.stringMatching(/^STACK_LOCKED: /) as unknown };

describe("of two ups of one stack at once", () => {
  it("one goes through and the other is refused, also when both start in the same moment", async () => {
    const { tenantry } = oneTenant("two");
    // On a busy computer one of two processes starts seconds after the other.
    await cloud.faults({ kind: "latency", mutating: true, latencyMs: 1500 });
    const both = await Promise.all([tenantry("up"), tenantry("up")]);
    const [first, second] = both.sort((one, other) => (one.code ?? 9) - (other.code ?? 9));
    expect(first).toMatchObject({ code: 0 });
    expect(second).toMatchObject(refused);
    expect(await estateOf(cloud, "two")).toMatchObject({ buckets: ["acme"], machines: ["acme started"] });
  }, 120_000);

  it("the second is refused by tenantry when the first is a plain pulumi, and the first goes through", async () => {
    const { tenantry, pulumi } = oneTenant("pul");
    await pulumi("stack", "select", "--create");
    const { ended } = await begun(() => pulumi("up", "--yes", "--skip-preview"));
    expect(await tenantry("up")).toMatchObject(refused);
    await cloud.faults();
    expect(await ended).toMatchObject({ code: 0 });
    expect(await tenantry("up")).toMatchObject({ code: 0 });
  }, 180_000);

  it("the second is refused by pulumi when the first is tenantry's, and the first goes through", async () => {
    const { tenantry, pulumi } = oneTenant("ten");
    const { ended } = await begun(() => tenantry("up"));
    expect(await pulumi("up", "--yes", "--skip-preview")).toMatchObject({ code: 1 });
    await cloud.faults();
    expect(await ended).toMatchObject({ code: 0 });
  }, 180_000);
});
