import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { BenchReport } from "../../../operations/bench/report.ts";
import { SIDE_IDS, TASK_IDS } from "../../../operations/bench/task.ts";
import { isDeep } from "../../support/deep.ts";
import { parsed, scratchProject, type ScratchProject } from "../../support/scratch-project.ts";

let home: string;
let project: ScratchProject;
/** Of its own: what is left of a run is seen. */
let room: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "tenantry-home-"));
  room = mkdtempSync(join(tmpdir(), "tenantry-room-"));
  project = scratchProject(home);
  project.env["TMPDIR"] = room;
});

afterAll(() => {
  project.dispose();
  for (const dir of [home, room]) rmSync(dir, { recursive: true, force: true });
});

const bench = async (...words: string[]) => project.tenantry("bench", "--rounds", "1", ...words);

describe("tenantry bench", () => {
  it("brings up fleets of each size, with tenantry and with a script, with the same calls, and leaves nothing behind", async () => {
    const ran = await bench("--tenants", "1,2", "--only", "up", "--peers", "script", "--json");
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const { samples, unmeasured } = parsed(ran) as BenchReport;
    expect(unmeasured).toEqual([]);
    expect(samples.map(({ tenants, side, task }) => [tenants, side, task])).toEqual(
      [1, 2].flatMap((size) => ["tenantry", "script"].map((side) => [size, side, "up"])),
    );
    for (const { seconds, stateBytes } of samples) expect([seconds > 0, stateBytes > 0]).toEqual([true, true]);
    // How often somebody looks depends on what answers first; what is changed does not.
    const [one, other, two, another] = samples.map(({ changes }) => changes);
    expect([other, another]).toEqual([one, two]);
    expect(one).toBeLessThan(two ?? 0);
    const kinds = samples.map(({ processes }) => processes.map(({ kind }) => kind));
    expect(kinds[0]).toEqual(
      expect.arrayContaining(["command line", "engine", "program", "provider", "embedded cloud"]),
    );
    expect(kinds[1]).toEqual(expect.arrayContaining(["script", "embedded cloud"]));
    expect(readdirSync(room)).toEqual([]);
    expect(existsSync(join(home, "bench.run.json"))).toBe(false);
  }, 600_000);

  it("says that a page cannot be written before it measures anything, and what it does not know", async () => {
    const page = join(project.dir, "missing", "bench.html");
    expect(await bench("--html", page)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("NOT_WRITABLE") as unknown,
    });
    expect(await bench("--only", "nothing")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("BENCH_UNKNOWN") as unknown,
    });
    expect(parsed(await bench("--list", "--json"))).toMatchObject({
      tasks: Object.fromEntries(TASK_IDS.map((id) => [id, expect.any(String)])),
      peers: Object.fromEntries(SIDE_IDS.map((id) => [id, expect.any(String)])),
    });
  }, 60_000);

  if (isDeep)
    it("measures every task of every side that is here", async () => {
      const ran = await bench("--tenants", "1,2", "--json");
      const { samples, unmeasured } = parsed(ran) as BenchReport;
      expect(unmeasured.filter(({ tenants }) => tenants !== undefined)).toEqual([]);
      const cells = new Set([...samples, ...unmeasured].map(({ side, task }) => `${side} ${task}`));
      expect(cells.size).toBe(SIDE_IDS.length * TASK_IDS.length);
    }, 3_000_000);
});
