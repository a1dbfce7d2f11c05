import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { examplesOf, founded, type Page } from "../../docs/examples/pull-requests.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { type TeamForge, teamForge } from "../support/forge/team-forge.ts";
import type { JobRun } from "../support/forge/workflow.ts";
import { outsider } from "../support/outsider.ts";

const SLOW = 300_000;
const EXAMPLES = join(import.meta.dirname, "../../docs/examples");

let cloud: TestCloud;
let forge: TeamForge;
let first: Awaited<ReturnType<typeof founded>>;

beforeAll(async () => {
  cloud = await startCloud();
  forge = await teamForge(cloud);
  first = await founded(forge);
}, SLOW);

afterAll(async () => {
  await forge.dispose();
  await cloud.dispose();
}, SLOW);

const resultsOf = (jobs: readonly JobRun[]) => Object.fromEntries(jobs.map(({ job, result }) => [job, result]));
/** An apply in which all went well, and one in which a stack did not. */
const APPLIED = { stacks: "success", apply: "success", applied: "success" };
const REFUSED = { ...APPLIED, apply: "failure" };
const summaryOf = (jobs: readonly JobRun[], name: string) => jobs.find(({ job }) => job === name)?.summary;
const printedBy = (jobs: readonly JobRun[]) =>
  jobs.flatMap(({ steps }) => steps.map(({ ran: { stdout, stderr } }) => stdout + stderr)).join("");
const issueOf = (label: string) => forge.api.access.issues.find(({ labels }) => labels.includes(label));
const changesAtVendors = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

describe("a pull request", () => {
  it("gets one comment, a label and green checks; merged, it is applied as it was reviewed", () => {
    expect(resultsOf(first.opened.jobs)).toEqual({ validate: "success", plan: "success", planned: "success" });
    expect(first.opened.comment).toContain("lighthouse-bakery");
    expect(first.opened.labels).toEqual(["dev: changes"]);
    expect(resultsOf(first.applied)).toEqual(APPLIED);
    expect(summaryOf(first.applied, "apply")).toMatch(/lighthouse-bakery +8 created +ok/);
  });

  it(
    "reads as docs/examples shows it: one that adds, changes, rotates, and one that drops a tenant",
    async () => {
      await cloud.forgetCalls();
      const pages = await examplesOf(forge);
      const committed = pages.map(({ page }): Page => ({ page, text: readFileSync(join(EXAMPLES, page), "utf8") }));
      expect(pages).toEqual(committed);
      expect(await changesAtVendors()).toEqual([]);
    },
    SLOW,
  );

  it(
    "from a fork is validated and gets no credentials; it can't be merged like that",
    async () => {
      const forked = await forge.open(
        "From far away",
        ({ tenantry }) => tenantry("new", "far-away", "--owner", "far@away.example"),
        "mallory/fleet",
      );
      expect(resultsOf(forked.jobs)).toEqual({ validate: "success", plan: "skipped", planned: "failure" });
      expect(forked).toMatchObject({ comment: undefined, labels: [] });
    },
    SLOW,
  );

  it(
    "that touches no stack is green without a plan",
    async () => {
      const { jobs } = await forge.open("Nothing but words", () => undefined);
      expect(resultsOf(jobs)).toEqual({ validate: "success", plan: "skipped", planned: "success" });
    },
    SLOW,
  );
});

describe("what was changed in between", () => {
  it(
    "is reported in an issue, keeps a merged pull request from being applied, and is undone by an apply by hand",
    async () => {
      const waiting = await forge.open("More memory", (project) => {
        project.tenant("tin-can-robotics", "owner: lab@tin-can-robotics.example\nmachine: { memoryMb: 2048 }\n");
      });
      await grown("team-dev-nightjar-radio");
      expect(resultsOf(await forge.onMain("drift.yml"))).toEqual({ stacks: "success", drift: "success" });
      expect(issueOf("drift:dev")).toMatchObject({
        state: "open",
        title: "Drift of dev",
        body: expect.stringContaining("nightjar-radio") as unknown,
      });
      await cloud.forgetCalls();
      const applied = await forge.merge(waiting.number);
      expect(resultsOf(applied)).toEqual(REFUSED);
      expect(summaryOf(applied, "apply")).toMatch(/PLAN_MOVED: [^]*nightjar-radio: machine/);
      expect(await changesAtVendors()).toEqual([]);

      expect(resultsOf(await forge.onMain("apply.yml", "workflow_dispatch"))).toEqual(APPLIED);
      await forge.onMain("drift.yml");
      expect(issueOf("drift:dev")).toMatchObject({ state: "closed" });
    },
    SLOW,
  );
});

describe("a plan that was not reviewed", () => {
  it(
    "is not applied when it is pushed to main, and holds up the rotation by age until it is applied by hand",
    async () => {
      forge.pushToMain("Past everybody", (project) => {
        project.tenant(
          "nightjar-radio",
          "owner: studio@nightjar-radio.example\nregion: fra\nmachine: { memoryMb: 1280 }\n",
        );
      });
      await cloud.forgetCalls();
      expect(resultsOf(await forge.onMain("apply.yml", "push"))).toEqual(REFUSED);
      forge.project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * 86_400_000).toISOString();
      expect(resultsOf(await forge.onMain("rotate.yml"))).toEqual({ stacks: "success", rotate: "failure" });
      expect(await changesAtVendors()).toEqual([]);
      expect(issueOf("rotation:dev")).toMatchObject({
        state: "open",
        body: expect.stringContaining("ROTATION_BLOCKED: nightjar-radio: machine update") as unknown,
      });

      delete forge.project.env["TENANTRY_NOW"];
      expect(resultsOf(await forge.onMain("apply.yml", "workflow_dispatch"))).toEqual(APPLIED);
      forge.project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * 86_400_000).toISOString();
      const rotated = await forge.onMain("rotate.yml");
      expect(resultsOf(rotated)).toEqual({ stacks: "success", rotate: "success" });
      expect(printedBy(rotated)).toMatch(/lighthouse-bakery .*1 replaced +ok/);
      expect(issueOf("rotation:dev")).toMatchObject({ state: "closed" });
    },
    SLOW,
  );
});

describe("an apply of several stacks", () => {
  it(
    "goes on with the others when one fails, and says on one page how each fared",
    async () => {
      forge.pushToMain("A stack that was never made", ({ dir }) => {
        copyFileSync(join(dir, "Pulumi.dev.yaml"), join(dir, "Pulumi.away.yaml"));
        mkdirSync(join(dir, "tenants/away"));
        writeFileSync(join(dir, "tenants/away/one.yaml"), "owner: a@b.example\n");
      });
      forge.stacks.unshift("away");
      const applied = await forge.onMain("apply.yml", "workflow_dispatch");
      expect(applied.map(({ job, result }) => [job, result])).toEqual([
        ["stacks", "success"],
        ["apply", "failure"],
        ["apply", "success"],
        ["applied", "success"],
      ]);
      expect(summaryOf(applied, "applied")).toMatch(
        /^\| away \| \*\*failed\*\* \|\n\| dev \| applied \|\n[^]*STACK_NOT_MADE/m,
      );
    },
    SLOW,
  );

  it(
    "works on those stacks alone that a push touches",
    async () => {
      forge.pushToMain("Of one stack", ({ dir }) => {
        writeFileSync(join(dir, "tenants/away/two.yaml"), "owner: a@b.example\n");
      });
      const matrix = async () =>
        (await forge.onMain("apply.yml", "push")).find(({ job }) => job === "stacks")?.outputs["matrix"];
      expect(await matrix()).toBe('{"include":[{"stack":"away","environment":"away"}]}');
      // What a stack is that the workflows do not work on touches none of theirs.
      forge.stacks.shift();
      const nothing = await forge.onMain("apply.yml", "push");
      expect(resultsOf(nothing)).toEqual({ stacks: "success", apply: "skipped", applied: "skipped" });
    },
    SLOW,
  );
});

/** Gives an app's machine more memory, past tenantry. */
async function grown(app: string): Promise<void> {
  const { fly } = outsider(cloud);
  const [machine] = await fly<{ id: string; config: { guest: object } }[]>("GET", `/apps/${app}/machines`);
  const { id = "", config } = machine ?? {};
  await fly("POST", `/apps/${app}/machines/${id}`, {
    config: { ...config, guest: { ...config?.guest, memory_mb: 2048 } },
  });
}
