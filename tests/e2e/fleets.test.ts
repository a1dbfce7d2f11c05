import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { Moved } from "../../operations/fleet/move.ts";
import type { StackSummary } from "../../operations/fleet/summaries.ts";
import { seeded } from "../../operations/engine/seeded.ts";
import type { TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { itIf } from "../support/skip.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type Ran, type ScratchProject } from "../support/scratch-project.ts";
import { estateOf } from "./estate.ts";

const ROOT = join(import.meta.dirname, "../..");
const SLOW = 600_000;
const OWNER = "owner: team@example.com\n";
const SMALL = `${OWNER}database: { engine: none }\n`;
const STACKS = ["prod-00", "prod-01"] as const;
const SEED = Number(process.env["FLEET_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const random = seeded(SEED);

/** What `make test` has no time for. */
const DEEP = "only by make test-deep";

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  for (const stack of STACKS) project.settings({ stackGroup: "prod", shardLimit: "2" }, stack);
  project.tenant("acme", OWNER, "prod-00");
  project.tenant("zeta", SMALL, "prod-00");
  project.tenant("beta", SMALL, "prod-01");
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const summaries = (ran: Ran) => parsed(ran) as StackSummary<Record<string, unknown>>[];
const mutations = async () =>
  (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation);
const stateFile = (stack: string) => join(cloud.home, "state/.pulumi/stacks/tenantry", `${stack}.json`);
const fileOf = (tenant: string, stack: string) => join(project.dir, "tenants", stack, `${tenant}.yaml`);
const stackOf = (tenant: string) => STACKS.filter((stack) => existsSync(fileOf(tenant, stack)));

interface Stored {
  readonly checkpoint: {
    readonly latest: {
      readonly secrets_providers: { readonly type: string; readonly state: { readonly url?: string } };
      readonly resources: readonly { urn: string; type: string; id?: string }[];
    };
  };
}
const resourcesOf = (stack: string) =>
  (JSON.parse(readFileSync(stateFile(stack), "utf8")) as Stored).checkpoint.latest.resources;
/** What encrypts the secrets of a stack, in Pulumi's words. */
const encryptedBy = (stack: string) => {
  const { secrets_providers: provider } = (JSON.parse(readFileSync(stateFile(stack), "utf8")) as Stored).checkpoint
    .latest;
  return `${provider.type}: ${provider.state.url}`;
};
/** Type and id of all that a stack's state has of a tenant. */
const holdings = (tenant: string, stack: string) =>
  resourcesOf(stack)
    .filter(({ urn }) => urn.includes("tenantry:index:Tenant") && urn.split("::").at(-1)?.split("/")[0] === tenant)
    .map(({ type, id }) => `${type} ${id ?? ""}`)
    .sort();

/** Every stack is as its files say, by Pulumi's own preview of everything. */
async function nothingLeft(): Promise<void> {
  for (const stack of STACKS) {
    const ran = await project.tenantry("plan", "--stack", stack, "--all", "--no-refresh", "--json");
    expect({ stack, code: ran.code, words: ran.code === 0 ? "" : ran.stdout + ran.stderr }).toEqual({
      stack,
      code: 0,
      words: "",
    });
  }
}

const tenantsIn = (stack: string) =>
  readdirSync(join(project.dir, "tenants", stack)).flatMap((file) => /^(.*)\.yaml$/.exec(file)?.slice(1) ?? []);

/** Starts `fleet up`, and after so many changing calls sends it this signal, as a terminal or the kernel does to all of it. */
async function brokenOffUp(signal: NodeJS.Signals, after: number): Promise<void> {
  await cloud.forgetCalls();
  const child = spawn(join(ROOT, "cli/tenantry"), ["fleet", "up", "--yes", "--no-refresh"], {
    cwd: project.dir,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  await cloud.called(after, child);
  // A workflow that is cancelled tells only the first.
  process.kill(signal === "SIGTERM" ? (child.pid ?? 0) : -(child.pid ?? 0), signal);
  await ended;
}

/** Starts `fleet move`, and kills it with all that it started as soon as `when` is so. Tells whether it was. */
async function killedMove(tenant: string, to: string, when: () => boolean): Promise<boolean> {
  const args = ["fleet", "move", tenant, "--to", to];
  const child = spawn(join(ROOT, "cli/tenantry"), args, {
    cwd: project.dir,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit");
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  while (!isSo(when) && isRunning()) await sleep(20);
  const isKilled = isRunning();
  if (isKilled) process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
  return isKilled;
}

/** A file may be about to be replaced. */
function isSo(when: () => boolean): boolean {
  try {
    return when();
  } catch {
    return false;
  }
}

describe("a group of stacks (each case goes on from the one before)", () => {
  it(
    "is brought up with one command, in which one stack fails without holding up the other, and which goes on where it stopped",
    async () => {
      await cloud.faults({ operation: "^POST /v1/apps$", kind: "error", status: 422, times: 1 });
      const first = await project.tenantry("fleet", "up", "--yes", "--workers", "1", "--json");
      await cloud.faults();
      expect(first.code).toBe(1);
      expect(summaries(first).map(({ stack, result }) => [stack, result])).toEqual([
        ["prod-00", "failed"],
        ["prod-01", "ok"],
      ]);
      expect(summaries(first)[0]?.found?.["failed"]).toHaveLength(1);
      const again = await project.tenantry("fleet", "up", "--yes", "--no-refresh", "--json");
      expect(summaries(again).map(({ result, found }) => [result, found?.["failed"]])).toEqual([
        ["ok", []],
        ["ok", []],
      ]);
      expect(summaries(again)[1]?.found).toMatchObject({ changed: [], unchanged: 1 });
    },
    SLOW,
  );

  it(
    "names its tenants at the vendors after the group, and shares one database group, which no stack deletes",
    async () => {
      const ids = [...holdings("acme", "prod-00"), ...holdings("beta", "prod-01")];
      expect(ids).toContain("tenantry:tigris:Bucket tst-prod-acme");
      expect(ids).toContain("tenantry:tigris:Bucket tst-prod-beta");
      const list = summaries(await project.tenantry("fleet", "list", "--json"));
      expect(list.map(({ stack, result, found }) => [stack, result, found?.["counts"], found?.["existing"]])).toEqual([
        ["prod-00", "ok", { active: 2 }, 2],
        ["prod-01", "ok", { active: 1 }, 1],
      ]);
    },
    SLOW,
  );

  it(
    "takes a new tenant into the fullest stack that has room, and no id twice",
    async () => {
      const made = await project.tenantry(
        "new",
        "new-one",
        "--owner",
        "a@b.example",
        "--stack-group",
        "prod",
        "--json",
      );
      expect(parsed(made)).toMatchObject({ stack: "prod-01" });
      const twice = await project.tenantry("new", "acme", "--owner", "a@b.example", "--stack", "prod-01");
      expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("TENANT_IN_TWO_STACKS")]);
      const full = await project.tenantry("new", "another", "--owner", "a@b.example", "--stack-group", "prod");
      expect([full.code, full.stderr]).toEqual([1, expect.stringContaining("STACK_GROUP_FULL")]);
      project.removeTenant("new-one", "prod-01");
      copyFileSync(fileOf("acme", "prod-00"), fileOf("acme", "prod-01"));
      const refused = await project.tenantry("validate", "--stack", "prod-01");
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("TENANT_IN_TWO_STACKS")]);
      project.removeTenant("acme", "prod-01");
      expect((await project.tenantry("fleet", "validate")).stdout).toBe(
        "prod: 3 tenant files in 2 stacks: all valid\n",
      );
    },
    SLOW,
  );

  itIf(isDeep, DEEP)("estimates its cost as one, for the vendors bill it as one", async () => {
    const found = parsed(await project.tenantry("fleet", "cost", "--no-measure", "--json")) as {
      readonly usd: number;
      readonly stacks: readonly { stack: string; tenants: number; usd: number }[];
      readonly shared: readonly { usd?: number }[];
    };
    expect(found.stacks.map(({ stack, tenants }) => [stack, tenants])).toEqual([
      ["prod-00", 2],
      ["prod-01", 1],
    ]);
    const parts = [...found.stacks, ...found.shared].reduce((sum, { usd = 0 }) => sum + usd, 0);
    expect(found.usd).toBeCloseTo(parts, 6);
  });

  itIf(isDeep, DEEP)(
    "shows no drift of a tenant that another of its stacks has, and writes a page for each stack",
    async () => {
      const drift = await project.tenantry("fleet", "drift", "--json");
      expect(summaries(drift).map(({ stack, result, found }) => [stack, result, found?.["counts"]])).toEqual([
        ["prod-00", "ok", {}],
        ["prod-01", "ok", {}],
      ]);
      const report = await project.tenantry("fleet", "report", "--no-measure", "--out", "pages", "--json");
      expect(report.code).toBe(0);
      expect(readFileSync(join(project.dir, "pages/index.html"), "utf8")).toContain(
        '<a href="prod-01.html">prod-01</a>',
      );
      expect(statSync(join(project.dir, "pages/prod-01.html")).size).toBeGreaterThan(1000);
    },
    SLOW,
  );

  itIf(isDeep, DEEP)(
    "is planned stack by stack, and its plans are applied while nothing has moved",
    async () => {
      project.tenant("beta", `${SMALL}machine: { memoryMb: 2048 }\n`, "prod-01");
      const plan = await project.tenantry("fleet", "plan", "--no-refresh", "--out", "plans", "--json");
      expect(plan.code).toBe(2);
      expect(summaries(plan).map(({ result, found }) => [result, found?.["changed"]])).toEqual([
        ["ok", []],
        ["changes", ["beta"]],
      ]);
      const up = await project.tenantry("fleet", "up", "--plans", "plans", "--json");
      expect(summaries(up).map(({ result, found }) => [result, found?.["changed"]])).toEqual([
        ["ok", []],
        ["ok", ["beta"]],
      ]);
      const unasked = await project.tenantry("fleet", "up");
      expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining("FLEET_UP_UNASKED")]);
    },
    SLOW,
  );
});

describe("fleet move (each case goes on from the one before)", () => {
  itIf(isDeep, DEEP)(
    "takes a tenant to another stack and back, calls no vendor, and leaves nothing to do",
    async () => {
      const before = holdings("acme", "prod-00");
      await cloud.forgetCalls();
      const there = parsed(await project.tenantry("fleet", "move", "acme", "--to", "prod-01", "--json")) as Moved;
      expect(there).toEqual({
        tenant: "acme",
        from: "prod-00",
        to: "prod-01",
        file: "tenants/prod-01/acme.yaml",
        isInState: true,
      });
      expect([stackOf("acme"), holdings("acme", "prod-01"), holdings("acme", "prod-00")]).toEqual([
        ["prod-01"],
        before,
        [],
      ]);
      await nothingLeft();
      const up = await project.tenantry("fleet", "up", "--yes", "--all", "--json");
      expect(summaries(up).map(({ result, found }) => [result, found?.["counts"]])).toEqual([
        ["ok", {}],
        ["ok", {}],
      ]);
      expect(await mutations()).toEqual([]);
      expect(await project.tenantry("fleet", "move", "acme", "--to", "prod-01")).toMatchObject({
        code: 0,
        stdout: "acme is in prod-01 already\n",
      });
      expect((await project.tenantry("fleet", "move", "acme", "--to", "prod-00")).code).toBe(0);
      expect([stackOf("acme"), holdings("acme", "prod-00"), holdings("acme", "prod-01")]).toEqual([
        ["prod-00"],
        before,
        [],
      ]);
      // Its credentials have been encrypted anew twice, and still are what they were.
      expect((await project.tenantry("env", "acme", "--stack", "prod-00", "--out", "acme.env")).code).toBe(0);
      await nothingLeft();
      expect(await mutations()).toEqual([]);
    },
    SLOW,
  );

  it(
    "goes on where it stopped when it is killed, and until then neither stack changes anything of the tenant",
    async () => {
      const before = holdings("zeta", "prod-00");
      await cloud.forgetCalls();
      // Killed when the other state has it and the file has not moved.
      expect(await killedMove("zeta", "prod-01", () => holdings("zeta", "prod-01").length > 0)).toBe(true);
      expect(holdings("zeta", "prod-00")).toEqual(before);
      // The stack whose state has it without a file, whichever of the two that is by now.
      const [place = ""] = stackOf("zeta");
      const other = STACKS.find((stack) => stack !== place) ?? "";
      const refused = await project.tenantry("up", "--stack", other, "--yes", "--no-refresh");
      expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("TENANT_FILE_REMOVED")]);
      expect((await project.tenantry("fleet", "move", "zeta", "--to", "prod-01")).code).toBe(0);
      expect([stackOf("zeta"), holdings("zeta", "prod-01"), holdings("zeta", "prod-00")]).toEqual([
        ["prod-01"],
        before,
        [],
      ]);
      await nothingLeft();
      expect(await mutations()).toEqual([]);
    },
    SLOW,
  );

  itIf(isDeep, DEEP)(
    "finds a tenant whose file was put back by hand, and never leaves it in no state",
    async () => {
      const before = holdings("zeta", "prod-01");
      project.tenant("zeta", readFileSync(fileOf("zeta", "prod-01"), "utf8"), "prod-00");
      project.removeTenant("zeta", "prod-01");
      expect((await project.tenantry("fleet", "move", "zeta", "--to", "prod-00")).code).toBe(0);
      expect([holdings("zeta", "prod-00"), holdings("zeta", "prod-01")]).toEqual([before, []]);
    },
    SLOW,
  );

  itIf(isDeep, DEEP)(
    "is safe to kill at any moment",
    async () => {
      await cloud.forgetCalls();
      for (let round = 0; round < 10; round += 1) {
        const [from = "prod-00"] = stackOf("acme");
        const to = STACKS.find((stack) => stack !== from) ?? "prod-01";
        const before = holdings("acme", from);
        const at = Date.now() + 400 + round * 500;
        // Two of them at a moment that is easily missed: the file has moved, and the state it left still has the tenant.
        const isMoment = () => (round > 7 ? stackOf("acme")[0] === to : Date.now() > at);
        await killedMove("acme", to, isMoment);
        expect((await project.tenantry("fleet", "move", "acme", "--to", to)).code).toBe(0);
        expect([stackOf("acme"), holdings("acme", to), holdings("acme", from)]).toEqual([[to], before, []]);
      }
      await nothingLeft();
      expect(await mutations()).toEqual([]);
    },
    SLOW,
  );
});

describe(`fleet up, broken off (goes on from the cases before; FLEET_SEED=${SEED})`, () => {
  // Two new tenants are 19 changing calls, so both stacks may be at work, or one of them done.
  const moments = (["SIGKILL", "SIGINT", "SIGTERM"] as const).flatMap((signal) =>
    Array.from({ length: 3 }, (_, at) => ({ signal, round: at + 1, after: 1 + Math.floor(random() * 16) })),
  );
  for (const { signal, round, after } of moments)
    itIf(isDeep, DEEP)(
      `goes on where it stopped after ${signal} at call ${after}, with nothing doubled (round ${round})`,
      async () => {
        const added = STACKS.map((stack) => `${signal.toLowerCase()}-${round}-${stack}`);
        for (const [at, stack] of STACKS.entries()) project.tenant(added[at] ?? "", SMALL, stack);
        await brokenOffUp(signal, after);
        const again = await project.tenantry("fleet", "up", "--yes", "--no-refresh", "--json");
        expect(summaries(again).map(({ result, found }) => [result, found?.["failed"]])).toEqual([
          ["ok", []],
          ["ok", []],
        ]);
        for (const [at, stack] of STACKS.entries()) expect(holdings(added[at] ?? "", stack)).toHaveLength(6);
        const all = STACKS.flatMap(tenantsIn).sort();
        const { buckets, apps, machines, keys, addresses } = await estateOf(cloud, "tst", "prod");
        expect([buckets, apps, machines]).toEqual([all, all, all.map((id) => `${id} started`)]);
        expect([keys.length, addresses.length]).toEqual([all.length, 2 * all.length]);
        await nothingLeft();
      },
      SLOW,
    );
});

describe("fleet add (goes on from the cases before)", () => {
  it(
    "makes the next stack with the group's settings, ready for a tenant",
    async () => {
      const made = await project.tenantry("fleet", "add", "--json");
      expect(parsed(made)).toEqual({
        stack: "prod-02",
        group: "prod",
        files: ["Pulumi.prod-02.yaml", "tenants/prod-02/.gitkeep"],
        isMade: true,
      });
      expect((await project.tenantry("fleet", "move", "beta", "--to", "prod-02")).code).toBe(0);
      const plan = await project.tenantry("plan", "--stack", "prod-02", "--all", "--json");
      expect({ code: plan.code, words: plan.code === 0 ? "" : plan.stdout + plan.stderr }).toEqual({
        code: 0,
        words: "",
      });
      const matrix = await project.tenantry("fleet", "matrix", "prod");
      expect(parsed(matrix)).toEqual({
        include: ["prod-00", "prod-01", "prod-02"].map((stack) => ({ stack, environment: "prod" })),
      });
      project.settings({ stackGroup: "prod", shardLimit: "2", prefix: "other" }, "prod-02");
      const differs = await project.tenantry("fleet", "validate");
      expect([differs.code, differs.stderr]).toEqual([1, expect.stringContaining("tenantry:prefix of prod-02")]);
    },
    SLOW,
  );

  it("makes stacks whose secrets are encrypted as their settings say, as up does", () => {
    const providers = [...STACKS, "prod-02"].map((stack) => [stack, encryptedBy(stack)]);
    expect(providers).toEqual(providers.map(([stack]) => [stack, "cloud: hashivault://tenantry"]));
  });
});
