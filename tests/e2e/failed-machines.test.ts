import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { machinesRun, whyNoMachine } from "../container/machine.ts";
import type { TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { endFleet, startFleet } from "../support/fleet.ts";
import { parsed, type Ran, type ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

/** One that answers on its port, and one that writes a line and ends with 3 at once. */
const IMAGES = `
registry.example/good: { command: [node, -e, "require('http').createServer((q, s) => s.end('ok')).listen(process.env.PORT ?? 8080)"] }
registry.example/ends: { command: [sh, -c, "printf 'cannot go on \\\\033[31m\\\\n'; exit 3"] }
`;
const tenantOn = (image: string) => `owner: team@example.com\nmachine: { image: registry.example/${image}:1 }\n`;
const SLOW = 600_000;

interface Outcome {
  readonly tenant: string;
  readonly result: string;
  readonly done: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

let cloud: TestCloud;
let project: ScratchProject;
/** Four good tenants and one whose machine ends at once. */
let first: Ran;

beforeAll(async () => {
  if (!machinesRun) return;
  ({ cloud, project } = await startFleet({ machines: "processes" }));
  writeFileSync(join(cloud.home, "images.yaml"), IMAGES);
  project.settings({ maxFailedMachines: "2" });
  for (const id of ["ada", "bob", "cyd", "dan"]) project.tenant(id, tenantOn("good"));
  project.tenant("eve", tenantOn("ends"));
  first = await project.tenantry("up", "--json");
}, SLOW);

afterAll(async () => {
  if (!machinesRun) return;
  await endFleet({ cloud, project });
}, 120_000);

const outcomesOf = (ran: Ran) => parsed(ran) as Outcome[];

/** What the history says of each tenant in the last run. */
async function lastHistory(): Promise<Record<string, string | undefined>> {
  const { entries } = parsed(await project.tenantry("history", "--json")) as {
    entries: { run: string; tenant?: string; result?: string }[];
  };
  const run = entries.at(-1)?.run;
  return Object.fromEntries(
    entries.flatMap((entry) =>
      entry.run === run && entry.tenant !== undefined && entry.tenant !== "(stack)"
        ? [[entry.tenant, entry.result]]
        : [],
    ),
  );
}

describe("a new tenant whose machine ends at once, beside good ones", () => {
  itIf(machinesRun, whyNoMachine)(
    "fails alone, with how its program ended, once that was tried as often as makes sense",
    async () => {
      expect(first.code).toBe(1);
      const results = outcomesOf(first).map(({ tenant, result }) => [tenant, result]);
      expect(results.filter(([tenant]) => tenant !== "(stack)")).toEqual([
        ["ada", "ok"],
        ["bob", "ok"],
        ["cyd", "ok"],
        ["dan", "ok"],
        ["eve", "failed"],
      ]);
      const eve = outcomesOf(first).find(({ tenant }) => tenant === "eve");
      expect(eve?.errors.join("\n")).toContain("its program ended by itself 3 times, the last time with exit code 3");
      // Its machine was made, with all the rest: that is what happened, though it is not well.
      expect(eve?.done["create"]).toBeGreaterThan(5);
      expect(await lastHistory()).toEqual({ ada: "ok", bob: "ok", cyd: "ok", dan: "ok", eve: "failed" });
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "has its record for list, logs, status and env, and status says crashed, with exit code 1",
    async () => {
      const listed = parsed(await project.tenantry("list", "--json")) as { id: string; exists: unknown }[];
      expect(listed.filter(({ exists }) => exists !== null).map(({ id }) => id)).toEqual([
        "ada",
        "bob",
        "cyd",
        "dan",
        "eve",
      ]);
      expect(await project.tenantry("logs", "eve")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("cannot go on \\x1b[31m\n") as unknown,
      });
      const { stdout } = await project.tenantry("logs", "eve", "--json");
      expect(stdout).not.toContain("\u001b");
      const texts = stdout.trimEnd().split("\n");
      expect(texts.map((line) => (JSON.parse(line) as { text: string }).text)).toContain("cannot go on \u001b[31m");
      expect(await project.tenantry("status", "eve", "ada")).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^eve +crashed/m) as unknown,
      });
      expect(await project.tenantry("env", "eve")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("BUCKET_NAME=tst-local-eve") as unknown,
      });
      expect((await project.tenantry("exec", "eve", "--", "true")).stderr).not.toContain("NOT_PROVISIONED");
    },
    SLOW,
  );

  itIf(machinesRun && isDeep, whyNoMachine || "its restarts take a minute: make test-deep waits for them")(
    "fails again by a second up, which asks the vendors first, for its machine is no better",
    async () => {
      const again = await project.tenantry("up", "eve", "--json");
      const eve = outcomesOf(again).find(({ tenant }) => tenant === "eve");
      expect([again.code, eve?.result]).toEqual([1, "failed"]);
      expect(eve?.errors.join("\n")).toContain("its program ended by itself");
    },
    SLOW,
  );
});

describe("an image that ends at once, for nearly all tenants", () => {
  itIf(machinesRun, whyNoMachine)(
    "takes down as many machines as may fail and leaves the others as they are; one that was fixed comes up; the history says the same",
    async () => {
      for (const id of ["bob", "cyd", "dan"]) project.tenant(id, tenantOn("ends"));
      project.tenant("eve", tenantOn("good"));
      const second = await project.tenantry("up", "--json");
      expect(second.code).toBe(1);
      const outcomes = outcomesOf(second).filter(({ tenant }) => tenant !== "(stack)");
      expect(outcomes.map(({ tenant }) => tenant)).toEqual(["ada", "bob", "cyd", "dan", "eve"]);
      const having = (result: string) => outcomes.filter((each) => each.result === result);
      expect(having("ok").map(({ tenant }) => tenant)).toEqual(["ada", "eve"]);
      expect(having("failed")).toHaveLength(2);
      expect(having("failed").map(({ done }) => done["update"])).toEqual([1, 1]);
      expect(having("untouched")).toHaveLength(1);
      for (const { done, errors } of having("untouched")) {
        expect(Object.values(done).filter((count) => count > 0)).toEqual([]);
        expect(errors.join("\n")).toContain("FLY_HALTED");
      }
      const told = outcomes.filter(({ tenant }) => tenant !== "ada").map(({ tenant, result }) => [tenant, result]);
      expect(await lastHistory()).toEqual(Object.fromEntries(told));
      const states = parsed(await project.tenantry("status", "--json")) as {
        tenant: string;
        state: string;
        crashed: boolean;
      }[];
      const well = states.filter(({ state, crashed }) => state === "started" && !crashed).map(({ tenant }) => tenant);
      const left = having("untouched").map(({ tenant }) => tenant);
      expect(well).toEqual(["ada", ...left, "eve"]);
    },
    SLOW,
  );
});
