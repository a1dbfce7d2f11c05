import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { DriftReport } from "../../operations/drift/report.ts";
import { driftReport } from "../../operations/drift/report.ts";
import type { TestCloud } from "../support/cloud.ts";
import { type Answer, CTRL_D } from "../support/at-terminal.ts";
import { type Outsider, outsider } from "../support/outsider.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { hasProgram } from "../support/programs.ts";
import { itIf } from "../support/skip.ts";
import {
  addForeign,
  addUnmanaged,
  changeAcme,
  changeShared,
  changeTheOthers,
  outgrow,
  type Named,
  PLANTED,
  removeDelta,
  TENANTS,
} from "./tampering.ts";
import { tenantAtVendors } from "./tenant-at-vendors.ts";

const LIMIT_MS = 600_000;
const ACME = "tst-local-acme";
const BETA = "tst-local-beta";

let cloud: TestCloud;
let project: ScratchProject;
let outside: Outsider;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  outside = outsider(cloud);
  // The documented limits would slow the outsider down, not tenantry.
  await outside.fly("PUT", "/_embedded/rate-limits", { enabled: false });
  for (const [id, text] of Object.entries(TENANTS)) project.tenant(id, text);
  await up(project);
}, LIMIT_MS);

afterAll(() => endFleet({ cloud, project }), 60_000);

async function drift(...options: string[]): Promise<{ code: number | null; report: DriftReport; said: string }> {
  const ran = await project.tenantry("drift", "--json", ...options);
  return { code: ran.code, report: driftReport.parse(parsed(ran)), said: ran.stdout + ran.stderr };
}

/** What a report names, without values: `acme modified bucket.access`. */
function named({ findings }: DriftReport): string[] {
  return findings.map(({ tenant, kind, aspect }) => `${tenant} ${kind} ${aspect}`).sort();
}

/** Runs `work` on a cloud that fails on every call that would change something, and tells which were tried. */
async function whileNothingMayChange(work: () => Promise<void>): Promise<string[]> {
  await cloud.faults({ mutating: true, kind: "error", status: 500 });
  await cloud.forgetCalls();
  try {
    await work();
    return (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation);
  } finally {
    await cloud.faults();
  }
}

describe("an unchanged fleet", () => {
  it(
    "shows no drift, and none of the commands that only look changes anything anywhere",
    async () => {
      const looks: [string, ...string[]][] = [
        ["drift"],
        ["plan"],
        ["validate"],
        ["list"],
        ["show", "acme"],
        ["emit", "--out", join(project.dir, "emitted")],
        ["env", "acme", "--show-secrets", "--out", join(project.dir, "acme.env")],
      ];
      const tried = await whileNothingMayChange(async () => {
        const codes: [string, number | null][] = [];
        for (const look of looks) codes.push([look[0], (await project.tenantry(...look)).code]);
        expect(codes).toEqual(looks.map(([verb]) => [verb, 0]));
        await expect(outside.fly("POST", "/apps", { app_name: "x", org_slug: "tenantry-local" })).rejects.toThrow(
          "500",
        );
      });
      // The outsider's own call shows that the cloud would have told.
      expect(tried).toEqual(["POST /v1/apps"]);
    },
    LIMIT_MS,
  );

  it(
    "names the tokens that are due, which is no drift",
    async () => {
      const later = new Date(Date.now() + 31 * 86_400_000).toISOString();
      project.env["TENANTRY_NOW"] = later;
      const { code, report } = await drift().finally(() => delete project.env["TENANTRY_NOW"]);
      expect({ code, named: named(report) }).toEqual({
        code: 0,
        named: ["acme expiring token", "beta expiring token", "delta expiring token"],
      });
    },
    LIMIT_MS,
  );
});

describe("what somebody changed and means to keep (each case goes on from the one before)", () => {
  const file = () => readFileSync(join(project.dir, "tenants/local/gamma.yaml"), "utf8");
  const [before = ""] = [TENANTS["gamma"]];

  itIf(hasProgram("script"), "there is no `script` to make a terminal with")(
    "is asked for on a terminal, finding by finding; only what was chosen and agreed to is written",
    async () => {
      const outgrown = await outgrow(outside);
      expect(named((await drift()).report)).toEqual(outgrown);
      const skipped: Answer[] = [
        ["gamma machine.config.guest.cpus: [a]pply", "s\r"],
        ["gamma machine.config.guest.memory_mb: [a]pply", "\r"],
      ];
      const days = "gamma bucket.softDeleteDays: [a]pply";
      const ended: Answer[] = [...skipped, [days, "f\r"], ["Do this? [y/N] ", CTRL_D]];
      expect((await project.atTerminal(ended, "drift", "--fix")).stdout).toContain("nothing was done");
      expect(file()).toBe(before);
      const tried = await whileNothingMayChange(async () => {
        const answers: Answer[] = [...skipped, [days, "f\r"], ["Do this? [y/N] ", "y\r"]];
        const agreed = await project.atTerminal(answers, "drift", "--fix");
        expect(agreed).toMatchObject({ code: 2, stderr: "" });
        expect(agreed.stdout).toContain("+   softDeleteDays: 30");
      });
      expect({ tried, file: file() }).toEqual({ tried: [], file: `${before}storage:\n  softDeleteDays: 30\n` });
    },
    LIMIT_MS,
  );

  it(
    "is taken into the file by --fix=adopt-file, comments and all; the next up takes note and changes nothing",
    async () => {
      const { code, stderr } = await project.tenantry("drift", "--fix=adopt-file", "--yes");
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("the file already has this value") as unknown,
      });
      expect(file()).toBe(
        [
          "# A pilot until spring.",
          "owner: g@example.com # asks before anything moves",
          "database: { engine: none }",
          "machine: { ingress: none, cpus: 2, memoryMb: 4096 } # behind their own router",
          "storage:",
          "  softDeleteDays: 30",
          "",
        ].join("\n"),
      );
      const tried = await whileNothingMayChange(async () => {
        expect((await project.tenantry("plan")).code).toBe(0);
        await up(project);
        expect(await drift()).toMatchObject({ code: 0, report: { findings: [] } });
      });
      expect(tried).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe("a fleet that was changed outside tenantry in every way", () => {
  let before: Awaited<ReturnType<typeof tenantAtVendors>>;
  let changes: Named;
  let unmanaged: Named;

  beforeAll(async () => {
    before = await tenantAtVendors(outside, ACME);
    const sets = await Promise.all([
      changeAcme(outside),
      changeTheOthers(outside).then(async (named) => [...named, ...(unmanaged = await addUnmanaged(outside))]),
      removeDelta(outside),
      addForeign(outside),
    ]);
    changes = [...sets.flatMap((set) => set ?? []), ...(await changeShared(outside))];
  }, LIMIT_MS);

  it(
    "is reported change by change, each on its aspect, nothing else, without a secret, and nothing is changed",
    async () => {
      expect(changes.length).toBeGreaterThanOrEqual(30);
      const markdown = join(project.dir, "drift.md");
      const tried = await whileNothingMayChange(async () => {
        const { code, report, said } = await drift("--markdown", markdown);
        expect(named(report)).toEqual([...changes].sort());
        expect({ code, errors: report.errors, blind: report.blind }).toEqual({ code: 2, errors: [], blind: [] });
        expect(said + readFileSync(markdown, "utf8")).not.toContain(PLANTED);
        expect(report.findings.find(({ aspect }) => aspect === "bucket.access")).toMatchObject({
          tenant: "acme",
          declared: "private",
          observed: "public-read",
        });
        const drifting = join(project.dir, "drift.json");
        writeFileSync(drifting, JSON.stringify(report));
        const fleet = parsed(await project.tenantry("report", "--json", "--drift", drifting)) as {
          rows: { drift: { things?: readonly object[] } }[];
          undeclared: { things: readonly object[] }[];
          shared: readonly object[];
        };
        const things = [
          ...fleet.rows.flatMap((row) => row.drift.things ?? []),
          ...fleet.undeclared.flatMap((each) => each.things),
          ...fleet.shared,
        ];
        expect(things.filter((each) => "kind" in each && each.kind === "unmanaged")).toHaveLength(unmanaged.length);
        const secret = report.findings.find(({ aspect }) => aspect === "secrets.values.AWS_SECRET_ACCESS_KEY");
        expect(secret).toMatchObject({ declared: "[secret]", observed: "[secret]" });
      });
      expect(tried).toEqual([]);
      expect(readFileSync(markdown, "utf8")).toContain("| 🟡 modified | bucket `tst-local-acme` | `bucket.access` |");
    },
    LIMIT_MS,
  );

  it(
    "is fixed by --fix=apply, to the last setting; what nobody declared is left to people",
    async () => {
      const script = join(project.dir, "fix.sh");
      await project.tenantry("drift", "--fix=adopt-file", "--fix-script", script);
      const written = readFileSync(script, "utf8");
      for (const part of [
        "cat > tenants/local/acme.yaml",
        "  locations: fra",
        "left: cannot be fixed by adopt-file, only by apply: acme bucket.access",
      ])
        expect(written).toContain(part);
      expect(written).not.toContain(PLANTED);
      const { code, stdout, stderr } = await project.tenantry("drift", "--fix=apply", "--yes");
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("$ npx tenantry up") as unknown,
      });
      // The key's policy is still there, and goes with the key that it was for.
      expect(stdout).toMatch(/^delta +7 created, 1 replaced +ok$/m);
      expect(await tenantAtVendors(outside, ACME)).toEqual(before);
      const { report } = await drift();
      expect(named(report)).toEqual([...unmanaged].sort());
      expect((await project.tenantry("demo", "--tenant", "delta")).code).toBe(0);
    },
    LIMIT_MS,
  );
});

describe("vendors that do not answer what was asked", () => {
  const answering = (status: number) => cloud.faults({ mutating: false, kind: "error", status });
  afterAll(() => cloud.faults());

  it(
    "are not taken for vendors that say that something is gone",
    async () => {
      for (const status of [403, 503]) {
        await answering(status);
        const { code, report } = await drift();
        expect({ status, code, missing: report.findings }).toEqual({ status, code: 1, missing: [] });
        const messages = report.errors.map(({ message }) => message).join("\n");
        for (const vendor of ["Tigris", "Turso", "Fly"]) expect(messages).toContain(`${vendor} answered ${status}`);
        expect(report.errors.map(({ tenant }) => tenant)).toContain("acme");
      }
    },
    LIMIT_MS,
  );

  it(
    "leave an up without effect: all that exists is still known afterwards",
    async () => {
      await answering(400);
      const failed = await project.tenantry("up");
      expect(failed.code).toBe(1);
      await cloud.faults();
      const preview = await project.pulumi("preview", "--expect-no-changes", "--refresh");
      expect({ code: preview.code, stderr: preview.stderr }).toEqual({ code: 0, stderr: "" });
    },
    LIMIT_MS,
  );
});

describe("a bucket that was deleted, but whose name Tigris keeps", () => {
  it(
    "stops its own tenant, which is still listed, and nobody else; restored, it is found again",
    async () => {
      await outside.s3("DELETE", `/${BETA}`, "", { "tigris-force-delete": "true" });
      project.tenant("epsilon", "owner: e@example.com\ndatabase: { engine: none }\nmachine: { ingress: none }\n");
      const failed = await project.tenantry("up");
      expect(failed.code).toBe(1);
      expect(failed.stdout).toMatch(/^beta +nothing +failed$/m);
      expect(failed.stdout).toMatch(/^epsilon +\d created +ok$/m);
      expect(failed.stdout).toContain(`TIGRIS_NAME_RESERVED: the name ${BETA} is not free`);
      expect(failed.stdout).not.toContain("unhandled exception");
      const listed = await project.tenantry("list", "--json");
      const existing = (parsed(listed) as { id: string; exists: object | null }[]).filter(({ exists }) => exists);
      expect(existing.map(({ id }) => id)).toEqual(["acme", "beta", "delta", "epsilon", "gamma"]);
      await outside.s3("POST", `/${BETA}?restore`);
      const { stdout: again } = await up(project);
      expect(again).toMatch(/^beta .*ok$/m);
    },
    LIMIT_MS,
  );
});
