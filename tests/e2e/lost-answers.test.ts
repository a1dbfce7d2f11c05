import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { CallCount } from "../../local/call-log.ts";
import { type Fault, startCloud, type TestCloud } from "../support/cloud.ts";
import { bootEnvironments, type Estate, estateOf, exercise } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

let cloud: TestCloud;
let project: SideProject;
let undisturbed: Estate;
let operations: readonly CallCount[];

beforeAll(async () => {
  cloud = await startCloud();
  const { code, stderr } = await fleet("a").tenantry("up");
  if (code !== 0) throw new Error(stderr);
  operations = (await cloud.calls()).filter(({ mutating }) => mutating);
  undisturbed = await estateOf(cloud, "a");
  project.dispose();
}, 120_000);

afterEach(async () => {
  await cloud.faults();
  project.dispose();
});

afterAll(() => cloud.dispose(), 60_000);

function fleet(prefix: string): SideProject {
  project = sideProject(cloud, { prefix });
  for (const id of ["ada", "ben", "cyd"]) project.tenant(id);
  return project;
}

/** Each of these operations loses one answer: it has happened, and nobody is told. */
function eachOnce(kind: Fault["kind"], lossy: readonly CallCount[] = operations): Fault[] {
  return lossy.map(({ vendor, operation }) => {
    const exactly = `^${operation.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`;
    return { vendor, operation: exactly, mutating: true, kind, when: "after", times: 1 };
  });
}

/** What stands after the undisturbed `up` that follows, which itself must go through. */
async function afterNextUp(prefix: string) {
  await cloud.faults();
  const up = await project.tenantry("up");
  const machines = [...bootEnvironments(cloud, prefix).values()];
  await Promise.all(machines.map((env) => exercise(cloud, env)));
  const preview = await project.pulumi("preview", "--refresh", "--expect-no-changes");
  return { up, estate: await estateOf(cloud, prefix), opened: machines.length, preview };
}

function converged() {
  return { up: { code: 0 }, estate: undisturbed, opened: 3, preview: { code: 0 } };
}

const sum = (counts: readonly CallCount[]) => counts.reduce((total, { count }) => total + count, 0);

describe("an up that changed something and never heard so", () => {
  it.each([
    { prefix: "r", kind: "reset", what: "a broken connection" },
    { prefix: "e", kind: "error", what: "a status 500" },
  ] as const)(
    "is made good by the next one, with nothing doubled, after $what at each operation",
    async ({ prefix, kind }) => {
      const { tenantry } = fleet(prefix);
      await cloud.forgetCalls();
      await cloud.faults(...eachOnce(kind));
      await tenantry("up");
      const lossy = (await cloud.calls()).filter(({ mutating }) => mutating);
      // The losses made it work more than the undisturbed one.
      expect(sum(lossy)).toBeGreaterThan(sum(operations));
      expect(await afterNextUp(prefix)).toMatchObject(converged());
    },
    300_000,
  );

  // Each time-out is waited for: so only where a blind repeat would make a second one, and neither for Turso's two minutes nor
  // for the five that a machine is given. tests/provider/fly/machine-name.test.ts loses a machine's answer.
  it("is made good by the next one, with nothing doubled, after a time-out at a key", async () => {
    const { tenantry } = fleet("t");
    const unrepeatable = operations.filter(({ operation }) => /^CreateAccessKey/.test(operation));
    expect(unrepeatable).toHaveLength(1);
    await cloud.faults(...eachOnce("timeout", unrepeatable));
    await tenantry("up");
    expect(await afterNextUp("t")).toMatchObject(converged());
  }, 300_000);

  it.each([
    { prefix: "x", vendor: "tigris", skip: 7 },
    { prefix: "y", vendor: "turso", skip: 3 },
    { prefix: "z", vendor: "fly", skip: 8 },
  ])(
    "is made good by the next one when $vendor fell silent half way and did not come back",
    async ({ prefix, vendor, skip }) => {
      const { tenantry } = fleet(prefix);
      await cloud.faults({ vendor, mutating: true, kind: "reset", when: "after", skip });
      expect(await tenantry("up")).toMatchObject({ code: 1 });
      expect(await afterNextUp(prefix)).toMatchObject(converged());
    },
    300_000,
  );
});
