import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { parsed, scratchProject, type ScratchProject } from "../support/scratch-project.ts";

let home: string;
let project: ScratchProject;

const OWNER = "owner: team@example.com # us\n";
const fileOf = (id: string) => readFileSync(join(project.dir, `tenants/local/${id}.yaml`), "utf8");

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  project = scratchProject(home, { verbs: "warm" });
});

beforeEach(() => {
  project.tenant("acme", OWNER);
  project.tenant("beta", `${OWNER}expires: 2026-01-31\n`);
  project.tenant("gamma", `${OWNER}state: offboarding\n`);
});

afterAll(() => {
  project.dispose();
  rmSync(home, { recursive: true, force: true });
});

describe("tenantry suspend", () => {
  it("edits the files, says how to apply that, and calls no vendor; resume reverts it", async () => {
    const ran = await project.tenantry("suspend", "acme", "beta", "--reason", "invoice: #4711");
    expect(ran).toMatchObject({
      code: 0,
      stdout: "edited: acme, suspended: invoice: #4711\nedited: beta, suspended: invoice: #4711\n",
      stderr: expect.stringContaining("apply it: npx tenantry up acme beta --stack local\n") as unknown,
    });
    expect(fileOf("acme")).toBe(`${OWNER}state: suspended\nreason: "invoice: #4711"\n`);
    const resumed = await project.tenantry("resume", "acme", "beta", "--json");
    expect(parsed(resumed)).toEqual([
      { tenant: "acme", state: "active" },
      { tenant: "beta", state: "active" },
    ]);
    expect(resumed.stderr).toContain("beta: its `expires: 2026-01-31` has passed");
    expect(fileOf("acme")).toBe(`${OWNER}state: active\n`);
  });

  it("says of a tenant whose file says so already that nothing was edited, and not that it is not applied", async () => {
    await project.tenantry("suspend", "acme");
    const again = await project.tenantry("suspend", "acme");
    expect(again).toMatchObject({ code: 0, stdout: "not edited: acme, suspended already\n" });
    expect(again.stderr).toContain(
      "no file was edited; to see whether it is applied: npx tenantry plan acme --stack local",
    );
    expect(again.stderr).not.toContain("not applied yet");
  });

  it("selects with --expired only the tenants whose day has come", async () => {
    project.env["TENANTRY_NOW"] = "2026-01-30T23:59:59Z";
    const early = await project.tenantry("suspend", "--expired");
    project.env["TENANTRY_NOW"] = "2026-01-31T00:00:00Z";
    const due = await project.tenantry("suspend", "--expired", "--json");
    const again = await project.tenantry("suspend", "--expired", "--json");
    delete project.env["TENANTRY_NOW"];
    expect(early).toMatchObject({ code: 0, stdout: "no trial has ended in local\n" });
    const reason = "its trial ended on 2026-01-31";
    expect(parsed(due)).toEqual([{ tenant: "beta", state: "suspended", reason }]);
    expect(fileOf("beta")).toContain(`state: suspended\nreason: ${reason}\n`);
    expect([fileOf("acme"), parsed(again)]).toEqual([OWNER, []]);
  });

  it("edits no file when one of the named tenants cannot be suspended or resumed", async () => {
    const [leaving, unknown, active, none, bad] = await Promise.all([
      project.tenantry("suspend", "acme", "gamma"),
      project.tenantry("suspend", "acme", "gama"),
      project.tenantry("resume", "acme"),
      project.tenantry("suspend"),
      project.tenantry("suspend", "acme", "--reason", "two\nlines"),
    ]);
    expect(leaving).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_SUSPENDABLE") as unknown });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean gamma?") as unknown });
    expect(active).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_SUSPENDED") as unknown });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("say --expired") as unknown });
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("200 characters, on one line") as unknown });
    expect(fileOf("acme")).toBe(OWNER);
  });
});
