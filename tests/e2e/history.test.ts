import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Checked } from "../../operations/history/check.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { endFleet } from "../support/fleet.ts";
import { pluginsEnded } from "./processes.ts";
import { type TeamProject, teamProject } from "../support/team-project.ts";

const SLOW = 120_000;
const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const small = "owner: team@example.com\ndatabase: { engine: none }\n";

let cloud: TestCloud;
let project: TeamProject;

beforeAll(async () => {
  cloud = await startCloud();
  project = await teamProject(cloud, { verbs: "warm" });
  project.tenant("acme", small);
  project.tenant("globex", small);
  await project.pulumi("stack", "init", "--secrets-provider", "passphrase");
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

/** The log as somebody on another computer of the team sees it. */
async function history(...args: string[]): Promise<{ code: number | null } & Checked> {
  const { code, stdout, stderr } = await project.tenantryWith(project.elsewhere(), "history", "--json", ...args);
  if (stdout === "") throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Checked) };
}

/** Does `work` while the settings say that the log lies there. */
async function withLogAt(place: string, work: () => Promise<void>): Promise<void> {
  const path = join(project.dir, "Pulumi.dev.yaml");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("config:\n", `config:\n  tenantry:history: ${place}\n`));
  await work();
  writeFileSync(path, text);
}

describe("the history of a team's stack", () => {
  it(
    "tells on every computer who changed which tenant when, and how it went",
    async () => {
      project.env["GITHUB_ACTOR"] = "octocat";
      await cloud.faults({ vendor: "fly", operation: "POST /v1/apps$", kind: "error", status: 422, times: 1 });
      expect(await project.tenantry("up")).toMatchObject({ code: 1 });
      await cloud.faults();
      const { code, entries, faults, open } = await history();
      expect({ code, faults, open }).toEqual({ code: 0, faults: [], open: [] });
      expect(entries.map(({ kind }) => kind)).toEqual(["begun", "tenant", "tenant", "ended"]);
      expect(entries.slice(1).map(({ result }) => result)).toEqual(expect.arrayContaining(["ok", "failed", "failed"]));
      expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(["octocat"]));
      expect(await history("acme", "--since", "1h")).toMatchObject({ entries: [{ tenant: "acme" }] });
    },
    SLOW,
  );

  it(
    "keeps a run that was killed, as one without an end",
    async () => {
      project.tenant("initech", small);
      await cloud.forgetCalls();
      await cloud.faults({ kind: "latency", vendor: "fly", mutating: true, latencyMs: 3000 });
      const child = spawn(TENANTRY, ["up"], {
        cwd: project.dir,
        env: { ...process.env, ...project.env },
        stdio: "ignore",
        detached: true,
      });
      await cloud.called(1, child, "fly");
      const gone = once(child, "exit");
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await gone;
      await pluginsEnded(cloud.home);
      await cloud.faults();
      expect(await history("--check")).toMatchObject({ code: 0, faults: [], open: [{ line: 5, kind: "begun" }] });
    },
    SLOW,
  );

  it("stops an `up` that could not be written down, before anything is changed", async () => {
    await cloud.forgetCalls();
    await withLogAt("s3://nobodys?endpoint=http://127.0.0.1:9&region=auto", async () => {
      expect(await project.tenantry("up")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("HISTORY_UNREACHABLE") as unknown,
      });
    });
    expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
  });

  it("ends with exit code 2 and names the line when it was changed by hand", async () => {
    const { entries } = await history();
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
    writeFileSync(join(project.dir, "log.jsonl"), lines.replace("octocat", "somebody"));
    await withLogAt("log.jsonl", async () => {
      const { code, stdout } = await project.tenantry("history", "--check");
      expect(code).toBe(2);
      expect(stdout).toContain("line 1 does not match the hash in line 2");
    });
  });
});
