import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { whyNoBasicMemory } from "../../../operations/gates/basic-memory/packages.ts";
import { litestreamOnPath, NO_LITESTREAM } from "../../../operations/gates/litestream/program.ts";
import type { GateResult } from "../../../operations/gates/gate.ts";
import { runFile } from "../../../operations/gates/run-file.ts";
import { type GatesReport, runGates, type RunParts } from "../../../operations/gates/run.ts";
import { accountsOf } from "../../../stack/accounts.ts";
import { openStack } from "../../../stack/context.ts";
import { machinesRun, whyNoMachine } from "../../container/machine.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { isDeep } from "../../support/deep.ts";
import { outsider } from "../../support/outsider.ts";
import { itIf } from "../../support/skip.ts";
import { scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

let cloud: TestCloud;
let project: ScratchProject;
/** Of every gate. */
let report: GatesReport | undefined;
const hasLitestream = litestreamOnPath(process.env) !== undefined;

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
      report = JSON.parse(stdout) as GatesReport;
      const built = report.gates.filter(({ conditions }) => conditions !== "");
      // Basic Memory and Litestream are not on every computer; where they are not, their gates say so.
      const absent = whyNoBasicMemory();
      const isAbsent = ({ id, why }: GateResult) =>
        (id.startsWith("database.basic-memory") && absent !== "" && why === absent) ||
        (id.startsWith("backends.litestream") && !hasLitestream && why === NO_LITESTREAM);
      expect(built.filter((each) => each.verdict === "NOT MEASURED" && !isAbsent(each))).toEqual([]);
      const verdicts = Object.fromEntries(built.map(({ id, verdict }) => [id, verdict]));
      expect(verdicts).toMatchObject({
        "mount.success": "GO",
        "files.operations": "GO",
        "durability.kill": "GO",
        "durability.every-process": "GO",
        "laptop.edits": "GO",
        "isolation.attacked": "GO",
        "database.basic-memory-answers": absent === "" ? "GO" : "NOT MEASURED",
      });
      // On a busy computer a request may fail; a note is never lost.
      expect(built.find(({ id }) => id === "load.realistic")?.conditions).toMatch(/notes read back [^;]*, 0 lost/);
      expect(report.left).toEqual([]);
      const { s3, turso, fly } = outsider(cloud);
      expect(await s3("GET", "/")).not.toContain("-gate-");
      expect(await turso("GET", "/databases")).toEqual({ databases: [] });
      expect(await fly("GET", "/apps?org_slug=tenantry-local")).toMatchObject({ total_apps: 0 });
    },
    600_000,
  );

  itIf(machinesRun && (hasLitestream || isDeep), whyNoMachine || NO_LITESTREAM)(
    "shows of Litestream that what it streams is there after a stop, and is fetched before the app starts",
    () => {
      const found = (id: string) => report?.gates.find((gate) => gate.id === id);
      const [stop] = found("backends.litestream-loss")?.detail?.rows ?? [];
      expect(stop?.[0]).toBe("stop (SIGTERM)");
      expect(Number(stop?.[1])).toBeGreaterThan(100);
      expect(stop?.[2]).toBe("0");
      const [restored] = found("backends.litestream-restore")?.detail?.rows ?? [];
      expect(restored?.[0]).toBe("200");
      expect(found("backends.litestream-cost")?.detail?.rows.at(-1)?.at(-1)).toContain("PutObject");
      expect(found("backends.litestream-notes")?.verdict).toBe("REPORTED");
    },
  );

  it("goes on where an interrupted run was: measures nothing twice, and takes no half measurement for a whole", async () => {
    const context = { ...openStack("local", project.dir), home: cloud.home };
    const file = runFile(cloud.home, "local");
    const stopped = new AbortController();
    const run = (more: Partial<RunParts>) =>
      runGates({
        context,
        accounts: accountsOf(context.settings, cloud.home, {}),
        quick: true,
        network: "none",
        minutes: 10,
        only: ["cost", "isolation"],
        resume: true,
        now: () => new Date(),
        signal: new AbortController().signal,
        tell: () => undefined,
        ...more,
      });
    const first = await run({ resume: false, signal: stopped.signal, tell: () => stopped.abort() });
    expect(first.gates.map(({ id }) => id)).toEqual(["cost.break-even"]);
    const state = file.read();
    const marked = state?.results.map((result) => ({ ...result, value: 4711 })) ?? [];
    const failed = marked.map((result) => ({ ...result, id: "isolation.attacked", verdict: "NOT MEASURED" as const }));
    if (state !== undefined) file.write({ ...state, results: [...marked, ...failed] });
    const measured = (report: GatesReport) => report.gates.map(({ id, value }) => [id, value]);
    const second = await run({});
    expect(measured(second)).toEqual([
      ["cost.break-even", 4711],
      ["isolation.attacked", 0],
    ]);
    expect(second.measuredAt).toBe(first.measuredAt);
    expect(second.seconds).toBeGreaterThanOrEqual(first.seconds);
    expect(file.read()).toBeUndefined();
    file.write({ quick: true, network: "none", minutes: 3, measuredAt: "", seconds: 0, results: marked, made: [] });
    expect(measured(await run({ only: ["cost"] }))).not.toContainEqual(["cost.break-even", 4711]);
  }, 120_000);

  it("says that a page cannot be written before it measures anything", async () => {
    const page = join(project.dir, "missing", "gates.html");
    const { code, stderr } = await project.tenantry("gates", "--only", "isolation", "--html", page);
    expect([code, stderr]).toEqual([1, expect.stringContaining("NOT_WRITABLE")]);
    expect(runFile(cloud.home, "local").read()).toBeUndefined();
  }, 60_000);

  it("calculates what needs no machine, and says which gates there are", async () => {
    const { code, stdout } = await project.tenantry("gates", "--only", "cost", "--json");
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as GatesReport).gates).toMatchObject([{ id: "cost.break-even", verdict: "REPORTED" }]);
    const unknown = await project.tenantry("gates", "--only", "nothing");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("GATE_UNKNOWN")]);
  }, 60_000);
});
