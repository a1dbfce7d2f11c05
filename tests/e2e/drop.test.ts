import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { s3For } from "../local/tigris/clients.ts";
import type { TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { hasProgram } from "../support/programs.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";
import { estateOf } from "./estate.ts";
import { seeded } from "../../operations/engine/seeded.ts";

const LIMIT_MS = 600_000;
const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const QUESTION = "drop it? [y/N] ";
/**
 * The first is said of a kill that came while Pulumi was at work, and not of one between two of its runs; the other where the
 * next one is so quick that it still finds what the killed one had started.
 */
const GOES_ON =
  /^(?:the deployment of process \d+ was killed .*; continuing where it stopped\n)?(?:stopped processes of a killed run: .*\n)?$/;
const hasTerminal = hasProgram("script");
const WHY = "util-linux's `script` gives a terminal";
const SEED = Number(process.env["KILL_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const random = seeded(SEED);
/** Of the 17 calls by which a drop changes something, as far as a kill still finds it at work. */
const CALLS = 12;
/** One moment in each part of them. */
const KILLS = times(1, 6);
const moments = Array.from({ length: KILLS }, (_, part) => ({
  id: `mistake-${part}`,
  after: 1 + Math.floor(((part + random()) / KILLS) * CALLS),
}));

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  for (const id of ["stays", "late", ...moments.map(({ id }) => id)]) project.tenant(id);
  // Asks also where tests run in CI.
  project.env["CI"] = "";
  await up(project, "--yes");
}, LIMIT_MS);

afterAll(() => endFleet({ cloud, project }));

const mutations = async () =>
  (await cloud.calls()).reduce((sum, { mutating, count }) => sum + (mutating ? count : 0), 0);
const fileOf = (id: string) => join(project.dir, `tenants/local/${id}.yaml`);
/** All that is there of one tenant, doubles included. */
const left = async (id: string) => {
  const found = await estateOf(cloud, "tst");
  return Object.values(found).flatMap((names: readonly string[]) => names.filter((name) => name.startsWith(id)));
};

/** Starts a drop and kills all of it with -9 once it has made so many changes. Whether it was that quick. */
async function killed(id: string, after: number): Promise<boolean> {
  await cloud.forgetCalls();
  const env = { ...process.env, ...project.env };
  const options = { cwd: project.dir, env, stdio: "ignore", detached: true } as const;
  const child = spawn(TENANTRY, ["drop", id, "--yes"], options);
  const ended = once(child, "exit");
  while ((await mutations()) < after && child.exitCode === null) await sleep(10);
  const isInTime = child.exitCode === null;
  if (isInTime) process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
  return isInTime;
}

describe("drop at a terminal", () => {
  itIf(hasTerminal, WHY)(
    "shows what goes, asks, and touches nothing on no",
    async () => {
      const there = await left("late");
      const { code, stdout, stderr } = await project.atTerminal([[QUESTION, "n\r"]], "drop", "late");
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(stdout).toMatch(/late holds nothing:[^]*bucket tst-local-late: empty[^]*database[^]*Its file goes too/);
      expect(readFileSync(fileOf("late"), "utf8")).not.toContain("offboarding");
      expect(await left("late")).toEqual(there);
    },
    LIMIT_MS,
  );

  itIf(hasTerminal, WHY)(
    "keeps what has come into the bucket while it was asking, and says what to do",
    async () => {
      const there = await left("late");
      const note = { Bucket: "tst-local-late", Key: "note.md" };
      const yes = async () => {
        await s3For(cloud).send(new PutObjectCommand({ ...note, Body: "written while somebody read the question" }));
        return "y\r";
      };
      const { code, stdout } = await project.atTerminal([[QUESTION, yes]], "drop", "late");
      expect(code).toBe(1);
      expect(stdout).toContain("DROP_HOLDS_DATA: bucket tst-local-late holds 1 file, like note.md");
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("Set `state: active` in tenants/local/late.yaml and run");
      expect(readFileSync(fileOf("late"), "utf8")).toContain("state: offboarding");
      expect(await left("late")).toEqual(there.filter((name) => name !== "late started"));
    },
    LIMIT_MS,
  );
});

describe(`drop that is killed with -9 (KILL_SEED=${SEED})`, () => {
  it.each(moments)(
    "leaves the file, and the next one takes out all that is left, nobody else's, and the file last: $id, $after calls",
    async ({ id, after }) => {
      const others = await left("stays");
      const isInTime = await killed(id, after);
      expect([isInTime, existsSync(fileOf(id))]).toEqual([true, true]);
      const again = await project.tenantry("drop", id, "--yes", "--json");
      expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(GOES_ON) as unknown });
      expect(parsed(again)).toMatchObject({ tenant: id, isGone: true });
      expect([await left(id), existsSync(fileOf(id)), await left("stays")]).toEqual([[], false, others]);
      expect((await project.tenantry("plan", "stays", "--json")).code).toBe(0);
    },
    LIMIT_MS,
  );
});
