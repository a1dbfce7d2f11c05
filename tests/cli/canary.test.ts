import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { CanaryReport } from "../../operations/canary/canary.ts";
import { canaryNames } from "../../operations/canary/names.ts";
import { type TigrisClient, tigrisClient } from "../../provider/tigris/client.ts";
import { OWNER_TAG } from "../../resource-kinds/claim.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { isDeep } from "../support/deep.ts";
import { run, scratchProject, type ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const LIVE = join(import.meta.dirname, "../live.ts");
const FLEET = "0123456789abcdef0123456789abcdef";
const LIMIT_MS = 240_000;

describe("tenantry doctor --canary on a stack of real accounts", () => {
  let cloud: TestCloud;
  let project: ScratchProject;
  let tigris: TigrisClient;
  let credentials: Record<string, string>;

  beforeAll(async () => {
    cloud = await startCloud();
    project = scratchProject(cloud.home);
    const { descriptor } = cloud;
    tigris = tigrisClient(descriptor.tigris);
    await tigris.buckets.create("the-state", {}, {});
    project.settings(
      {
        cloud: "real",
        tigrisEndpoint: descriptor.tigris.endpoint,
        tigrisIamEndpoint: descriptor.tigris.iamEndpoint,
        tursoEndpoint: descriptor.turso.endpoint,
        flyEndpoint: descriptor.fly.endpoint,
      },
      "prod",
    );
    credentials = {
      TIGRIS_ACCESS_KEY_ID: descriptor.tigris.accessKeyId,
      TIGRIS_SECRET_ACCESS_KEY: descriptor.tigris.secretAccessKey,
      TURSO_API_TOKEN: descriptor.turso.token,
      FLY_API_TOKEN: descriptor.fly.token,
      AWS_ACCESS_KEY_ID: descriptor.tigris.accessKeyId,
      AWS_SECRET_ACCESS_KEY: descriptor.tigris.secretAccessKey,
    };
    Object.assign(project.env, credentials, {
      PULUMI_BACKEND_URL: `s3://the-state?endpoint=${descriptor.tigris.endpoint}&s3ForcePathStyle=true&region=auto`,
    });
  });

  afterAll(async () => {
    project.dispose();
    await cloud.dispose();
  });

  /** Starts a canary; resolves when it has made so many changes at the vendors. */
  async function begun(): Promise<{ child: ChildProcess; ended: Promise<unknown[]>; said: () => string }> {
    const child = spawn(TENANTRY, ["doctor", "--canary", "--stack", "prod", "--yes", "--json"], {
      cwd: project.dir,
      env: { ...process.env, ...project.env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    child.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
    const ended = once(child, "close");
    const before = (await buckets()).length;
    while (child.exitCode === null && (await buckets()).length < before + 2) await sleep(10);
    return { child, ended, said: () => said };
  }

  /** `make test-live`, with the embedded cloud in place of the vendors. */
  const live = (env: Record<string, string>) =>
    run(process.execPath, [LIVE, "--json"], project.dir, { ...process.env, ...project.env, ...env });

  const buckets = () => tigris.buckets.names({});

  it("asks first, and creates nothing without a terminal", async () => {
    const { code, stderr } = await project.tenantry("doctor", "--canary", "--stack", "prod");
    expect(code).toBe(1);
    expect(stderr).toContain("It takes some minutes");
    expect(stderr).toContain("with real accounts, which cost money");
    expect(stderr).toContain("CANARY_NOT_AGREED");
    expect(await buckets()).toEqual(["the-state"]);
  });

  it.each([{}, { TENANTRY_LIVE: "yes" }, { TENANTRY_LIVE: "1", TENANTRY_STACK: "prod" }])(
    "is not started by make test-live with %j",
    async (env) => {
      const { code, stderr } = await live(env);
      expect(code).toBe(1);
      expect(stderr).toContain("Nothing was made");
      expect(await buckets()).toEqual(["the-state"]);
    },
  );

  it(
    "after Ctrl-C removes what it made, and tells what it found out until then",
    async () => {
      const { child, ended, said } = await begun();
      child.kill("SIGINT");
      expect(await ended).toEqual([1, null]);
      const report = JSON.parse(said()) as CanaryReport;
      expect(report).toMatchObject({ interrupted: true, left: [] });
      expect(report.removed.length).toBeGreaterThan(3);
      expect(await buckets()).toEqual(["the-state"]);
    },
    LIMIT_MS,
  );

  it(
    "after kill -9 removes the remains by name and mark, nothing else, and tells no secret, not even one that a vendor repeats",
    async () => {
      const killed = await begun();
      killed.child.kill("SIGKILL");
      await killed.ended;
      expect((await buckets()).length).toBeGreaterThan(1);
      // Somebody else's: a name without our mark, and one with it that bears another's.
      const names = canaryNames({ fleetId: FLEET, stack: "prod", prefix: "tst", tursoOrganization: "o" }, new Date(0));
      const others = [`tst-canary-${names.id}-00000000-a`, names.name("a")];
      for (const name of others) await tigris.buckets.create(name, {}, {});
      await tigris.buckets.tag(names.name("a"), { [OWNER_TAG]: "fleet/stack/somebody" }, {});

      // A vendor may repeat a credential in what it says.
      const planted = credentials["TURSO_API_TOKEN"] ?? "";
      const body = { error: `no: ${planted}` };
      await cloud.faults({ vendor: "turso", kind: "error", status: 400, operation: "^POST .*/groups$", body });

      const { code, stdout } = await project.tenantry("doctor", "--canary", "--stack", "prod", "--yes", "--json");
      const report = JSON.parse(stdout) as CanaryReport;
      expect(report.foundAndRemoved.length).toBeGreaterThan(3);
      expect(report.left).toEqual([]);
      expect(code).toBe(0);
      expect((await buckets()).sort()).toEqual([...others, "the-state"].sort());
      expect(existsSync(join(cloud.home, "canary")) ? readdirSync(join(cloud.home, "canary")) : []).toEqual([]);

      expect(report.lines.find(({ id }) => id === "state.one-winner")).toMatchObject({
        reply: "yes",
        said: "1 × 200, 49 × 412",
      });
      expect(report.lines.find(({ id }) => id === "turso.taken-name")).toMatchObject({
        reply: "other",
        said: expect.stringMatching(/^creating a group: 400/) as unknown,
      });
      const { Contents = [] } = await objectsOfState();
      expect(Contents).toEqual([]);

      for (const secret of Object.entries(credentials).filter(([name]) => !name.endsWith("KEY_ID"))) {
        expect(stdout).not.toContain(secret[1]);
      }
      expect(stdout).not.toMatch(/tsec_|eyJ|fm2_/);
    },
    LIMIT_MS,
  );

  itIf(isDeep, "it takes minutes: make test-deep")(
    "comes after the conformance cases of make test-live, which leave nothing either",
    async () => {
      await cloud.faults();
      const before = await buckets();
      const { code, stdout, stderr } = await live({ TENANTRY_LIVE: "yes", TENANTRY_STACK: "prod" });
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^Tests: +\d+ passed, \d+ total$/m) as unknown,
      });
      expect(JSON.parse(stdout)).toMatchObject({ cloud: "real", left: [], foundAndRemoved: [] });
      expect(await buckets()).toEqual(before);
    },
    LIMIT_MS,
  );

  async function objectsOfState() {
    const { S3Client, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
    const { endpoint, accessKeyId, secretAccessKey } = cloud.descriptor.tigris;
    const s3 = new S3Client({
      endpoint,
      region: "auto",
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    return s3.send(new ListObjectsV2Command({ Bucket: "the-state" }));
  }
});
