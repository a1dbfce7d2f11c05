import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { TestCloud } from "../support/cloud.ts";
import { times } from "../support/deep.ts";
import { outsider } from "../support/outsider.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { Ran, ScratchProject } from "../support/scratch-project.ts";

const ROOT = join(import.meta.dirname, "../..");
const OWNER = "owner: team@example.com\n";
const BIGGER = `${OWNER}machine: { memoryMb: 2048 }\n`;
const SLOW = 600_000;
/** One is how another begins. */
const IDS = ["acme", "beta", "gamma", "ze", "zeta", "zeta-2"];

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  listenToPulumi();
  for (const id of IDS) project.tenant(id, OWNER);
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

beforeEach(() => {
  writeFileSync(join(project.dir, "pulumi.log"), "");
});

/** The project's own programs come first on PATH: one that writes down what Pulumi is asked for, and then is Pulumi. */
function listenToPulumi(): void {
  const folder = join(project.dir, ".tenantry/bin");
  mkdirSync(folder, { recursive: true });
  const lines = [
    "#!/bin/sh",
    // How many tenants the state holds that it works on.
    'state="${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/tenantry/local.json"',
    `held=$(tr , '\\n' < "$state" 2>/dev/null | grep -c '"urn":.*::tenantry:index:Tenant::')`,
    `printf '%s\\n' "$1 $2 limited to \${TENANTRY_LIMITED_TO:-all} of $held" >> "${join(project.dir, "pulumi.log")}"`,
    `PATH=\${PATH#"${folder}:"}`,
    'exec pulumi "$@"',
  ];
  writeFileSync(join(folder, "pulumi"), `${lines.join("\n")}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
}

/** What Pulumi was asked for since the test began, but for reading its state. */
function asked(): string[] {
  const lines = readFileSync(join(project.dir, "pulumi.log"), "utf8").trim().split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("stack export "));
}

const planOf = ({ stdout }: Ran) => ({ ...(JSON.parse(stdout) as { hash: string }), madeAt: "" });
const resultsOf = ({ stdout }: Ran) =>
  (JSON.parse(stdout) as { tenant: string; result: string; done: Record<string, number> }[])
    .filter(({ tenant }) => tenant !== "(stack)")
    .map(({ tenant, result, done }) => [tenant, result, Object.values(done).reduce((sum, each) => sum + each, 0)]);
const nothingLeft = async () => {
  const { code, stdout } = await project.pulumi("preview", "--expect-no-changes", "--skip-plugin-pre-install");
  return { code, stdout };
};

describe("tenants that are as the last `up` has left them", () => {
  it(
    "cost neither the engine nor the program: it is only asked what the vendors have",
    async () => {
      expect(await project.tenantry("up", "--no-refresh")).toMatchObject({ code: 0, stdout: "unchanged: 6 tenants\n" });
      expect(asked()).toEqual([]);
      expect(await project.tenantry("plan")).toMatchObject({
        code: 0,
        stdout: "plan of local: no change; 6 of 6 tenants unchanged\n",
      });
      expect(asked()).toEqual(["refresh --preview-only limited to all of 6"]);
    },
    SLOW,
  );

  it(
    "are part of a plan with the same words and the same hash as if the engine had read them, and its `up` leaves them alone",
    async () => {
      project.tenant("zeta", BIGGER);
      project.tenant("z", OWNER);
      const plan = await project.tenantry("plan", "--no-refresh", "--json", "--out", "plan.json");
      const all = await project.tenantry("plan", "--no-refresh", "--json", "--all");
      expect([plan.code, all.code]).toEqual([2, 2]);
      expect(planOf(plan)).toEqual(planOf(all));
      const applied = await project.tenantry("up", "--plan", "plan.json", "--json");
      expect(resultsOf(applied)).toEqual(
        [...IDS.map((id) => [id, "ok", id === "zeta" ? 1 : 0]), ["z", "ok", 8]].sort(),
      );
      expect(asked()).toEqual([
        "preview --show-sames limited to z,zeta of 1",
        "preview --show-sames limited to all of 6",
        "preview --show-sames limited to z,zeta of 1",
        expect.stringMatching(/^up .* limited to z,zeta of 6$/),
      ]);
      expect(await nothingLeft()).toMatchObject({ code: 0 });
    },
    SLOW,
  );

  it(
    "have the vendors asked by the plan of one that is changed, and not once more by its `up`",
    async () => {
      project.tenant("gamma", BIGGER);
      expect(await project.tenantry("up")).toMatchObject({ code: 0 });
      expect(asked()).toEqual([
        "refresh --preview-only limited to all of 7",
        "preview --show-sames limited to gamma of 1",
        "up --target limited to gamma of 7",
      ]);
      expect(await nothingLeft()).toMatchObject({ code: 0 });
    },
    SLOW,
  );

  it(
    "are looked at when the vendors have something else, and again after an `up` that failed, also when the file is put back",
    async () => {
      await outsider(cloud).turso("PATCH", "/databases/tst-local-beta/configuration", { block_reads: true });
      await cloud.faults({ operation: "^POST /v1/apps/{app}/machines/{machine}$", kind: "error", status: 422 });
      project.tenant("acme", BIGGER);
      const failed = await project.tenantry("up", "--json");
      await cloud.faults();
      expect(failed.code).toBe(1);
      expect(resultsOf(failed).filter(([, result, count]) => result !== "ok" || count !== 0)).toEqual([
        ["acme", "failed", 0],
        ["beta", "ok", 1],
      ]);
      project.tenant("acme", OWNER);
      expect(await project.tenantry("up", "--no-refresh")).toMatchObject({ code: 0 });
      expect(asked()[2]).toMatch(/^up --refresh /);
      expect(asked().map((line) => line.replace(/^(\w+) .* limited/, "$1 limited"))).toEqual([
        "refresh limited to all of 7",
        "preview limited to acme,beta of 2",
        "up limited to acme,beta of 7",
        "preview limited to acme of 1",
        "up limited to acme of 7",
      ]);
      expect(await nothingLeft()).toMatchObject({ code: 0 });
    },
    SLOW,
  );
});

describe("a tenant that is new", () => {
  it(
    "is brought up without a plan where nobody reads it, and with one where a policy of the project's own may refuse it",
    async () => {
      project.tenant("novel", OWNER);
      expect(await project.tenantry("up", "--no-refresh")).toMatchObject({ code: 0 });
      expect(asked()).toEqual([expect.stringMatching(/^up .* limited to novel of 7$/)]);
      expect(await nothingLeft()).toMatchObject({ code: 0 });
      const policies = join(project.dir, "policies.ts");
      const check = "({ resources }) => resources.flatMap(({ name }) => name === 'refused' ? [{ message: 'no' }] : [])";
      writeFileSync(policies, `export const policies = [{ name: "own", demands: "It.", check: ${check} }];\n`);
      project.tenant("refused", OWNER);
      const { code, stderr } = await project.tenantry("up", "--no-refresh");
      unlinkSync(policies);
      project.removeTenant("refused");
      expect(code).toBe(1);
      expect(stderr).toContain("POLICY_BROKEN");
    },
    SLOW,
  );
});

describe("plain pulumi", () => {
  it(
    "refuses a limit that somebody has in the environment: it would delete all others",
    async () => {
      const env = project.env as Record<string, string | undefined>;
      env["TENANTRY_LIMITED_TO"] = "acme";
      const { code, stdout } = await project.pulumi("preview", "--skip-plugin-pre-install");
      delete env["TENANTRY_LIMITED_TO"];
      expect(code).not.toBe(0);
      expect(stdout).toContain("TENANTRY_LIMITED_TO is set outside a run");
    },
    SLOW,
  );
});

const TEXTS = [
  OWNER,
  BIGGER,
  `${OWNER}machine: { env: { LOG_LEVEL: debug } }\n`,
  `${OWNER}access: [{ name: alice, mode: read-only }]\n`,
  `${OWNER}state: suspended\n`,
  `${OWNER}rotation: { epoch: 2 }\n`,
];
const anyEdits = fc.dictionary(
  fc.constantFrom("acme", "beta", "gamma", "ze", "zeta", "zeta-2"),
  fc.nat(TEXTS.length - 1),
  {
    minKeys: 1,
    maxKeys: 3,
  },
);

describe("random edits of random tenants", () => {
  const histories = fc.sample(fc.array(anyEdits, { minLength: 1, maxLength: times(1, 3) }), {
    numRuns: times(1, 10),
    seed: 13,
  });
  it.each(histories.map((history, index) => [index + 1, history] as const))(
    "leave nothing for a look at all of the stack after the next `up` (history %d)",
    async (_, history) => {
      for (const edits of history) {
        for (const [id, text] of Object.entries(edits)) project.tenant(id, TEXTS[text]);
        expect(await project.tenantry("up", "--no-refresh")).toMatchObject({ code: 0 });
        expect(await nothingLeft()).toMatchObject({ code: 0 });
      }
    },
    SLOW,
  );
});

describe("a change in components/ that alters every machine", () => {
  it(
    "reaches all tenants at the next plan, without a flag",
    async () => {
      for (const name of ["index.ts", "components", "processes"]) unlinkSync(join(project.dir, name));
      for (const name of ["index.ts", "components", "tenants"]) {
        const isOwn = (path: string) => !/\/tenants\/(?:local|dev|plans\.yaml)/.test(path);
        cpSync(join(ROOT, name), join(project.dir, name), { recursive: true, filter: isOwn });
      }
      for (const name of ["container", "output", "processes"]) symlinkSync(join(ROOT, name), join(project.dir, name));
      const file = join(project.dir, "components/machine-config.ts");
      writeFileSync(file, readFileSync(file, "utf8").replace("max_retries: 10", "max_retries: 11"));
      const { stdout } = await project.tenantry("plan", "--no-refresh", "--json");
      const { changed, errors } = JSON.parse(stdout) as { changed: { tenant: string }[]; errors: unknown[] };
      expect(errors).toEqual([]);
      const living = readdirSync(join(project.dir, "tenants/local")).map((name) => name.replace(".yaml", ""));
      expect(changed.map(({ tenant }) => tenant)).toEqual(living.sort());
      expect(asked()).toEqual([expect.stringMatching(/^preview --show-sames limited to all of \d+$/)]);
    },
    SLOW,
  );
});
