import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import type { CallCount } from "../../local/call-log.ts";
import { type CloudFault, startCloud, type TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
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
  project = sideProject(cloud, { prefix }, { verbs: "warm" });
  for (const id of ["ada", "ben", "cyd"]) project.tenant(id);
  return project;
}

/** Each of these operations loses one answer: it has happened, and nobody is told. In these ways, in turn. */
function eachOnce(kinds: readonly CloudFault["kind"][]): CloudFault[] {
  return operations.map(({ vendor, operation }, place) => {
    const exactly = `^${operation.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`;
    return {
      vendor,
      operation: exactly,
      mutating: true,
      kind: kinds[place % kinds.length] ?? "reset",
      when: "after",
      times: 1,
    };
  });
}

/** What exists after the undisturbed `up` that follows, which itself must go through. */
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
  // All of one kind and all of the other are nightly.
  const losses = [
    { prefix: "b", kinds: ["reset", "error"], what: "a broken connection and a status 500, in turn," },
    { prefix: "r", kinds: ["reset"], what: "a broken connection" },
    { prefix: "e", kinds: ["error"], what: "a status 500" },
  ] as const;
  it.each(isDeep ? losses : losses.slice(0, 1))(
    "is made good by the next one, with nothing doubled, after $what at each operation",
    async ({ prefix, kinds }) => {
      const { tenantry } = fleet(prefix);
      await cloud.forgetCalls();
      await cloud.faults(...eachOnce(kinds));
      await tenantry("up");
      const lossy = (await cloud.calls()).filter(({ mutating }) => mutating);
      // The losses made it work more than the undisturbed one.
      expect(sum(lossy)).toBeGreaterThan(sum(operations));
      expect(await afterNextUp(prefix)).toMatchObject(converged());
    },
    600_000,
  );

  // Alone each vendor takes an `up` of its own, and they are nightly; together they are at their half ways at once.
  const SILENT = { tigris: 7, turso: 3, fly: 8 };
  const cases = [
    { prefix: "v", who: "every vendor", silent: SILENT },
    { prefix: "x", who: "tigris", silent: { tigris: SILENT.tigris } },
    { prefix: "y", who: "turso", silent: { turso: SILENT.turso } },
    { prefix: "z", who: "fly", silent: { fly: SILENT.fly } },
  ];
  it.each(isDeep ? cases : cases.slice(0, 1))(
    "is made good by the next one when $who fell silent half way and did not come back",
    async ({ prefix, silent }) => {
      const { tenantry } = fleet(prefix);
      await cloud.forgetCalls();
      const vendors = Object.entries(silent);
      await cloud.faults(
        ...vendors.map(([vendor, skip]) => ({ vendor, mutating: true, kind: "reset", when: "after", skip }) as const),
      );
      expect(await tenantry("up")).toMatchObject({ code: 1 });
      const calls = (await cloud.calls()).filter(({ mutating }) => mutating);
      for (const [vendor, skip] of vendors)
        expect(sum(calls.filter((call) => call.vendor === vendor))).toBeGreaterThan(skip);
      expect(await afterNextUp(prefix)).toMatchObject(converged());
    },
    600_000,
  );
});
