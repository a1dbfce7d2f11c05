import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";

import { secretEnv } from "../support/secret-env.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";

const SLOW = 180_000;
const DAY_MS = 86_400_000;

let cloud: TestCloud;
let project: ScratchProject;

type Environment = Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

const environment = async (): Promise<Environment> => await secretEnv(project.tenantry, "acme");

async function opensBucket(env: Environment): Promise<boolean> {
  const credentials = {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  const endpoint = cloud.descriptor.tigris.endpoint;
  const client = new S3Client({ endpoint, region: "auto", forcePathStyle: true, maxAttempts: 1, credentials });
  const asked = client.send(new ListObjectsV2Command({ Bucket: env["BUCKET_NAME"] }));
  return asked.then(
    () => true,
    () => false,
  );
}

async function opensDatabase(env: Environment): Promise<boolean> {
  const client = createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
  const asked = client.execute("SELECT 1");
  return asked
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.close());
}

describe("credentials that have grown old", () => {
  it(
    "are planned as a rotation on the day, and not a day before",
    async () => {
      expect(await project.tenantry("rotate", "--due")).toMatchObject({ code: 0, stdout: "nothing is due in local\n" });
      project.env["TENANTRY_NOW"] = new Date(Date.now() + 29 * DAY_MS).toISOString();
      expect((await project.tenantry("plan", "--no-refresh")).code).toBe(0);
      project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * DAY_MS).toISOString();
      const { code, stdout } = await project.tenantry("plan", "--no-refresh");
      expect(code).toBe(2);
      expect(stdout).toContain("access key rotate");
      expect(stdout).toContain("database token rotate");
      expect(stdout).toMatch(/secrets update[^]*machine update|machine update[^]*secrets update/);
      await cloud.forgetCalls();
      const due = await project.tenantry("rotate", "--due");
      expect(due).toMatchObject({ code: 2, stderr: expect.stringContaining("not applied yet; apply it: ") as unknown });
      expect(due.stdout).toContain("access key rotate");
      expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
    },
    SLOW,
  );

  it(
    "are minted anew, the new one delivered before the old one goes",
    async () => {
      const before = await environment();
      await cloud.forgetCalls();
      expect((await project.tenantry("rotate", "--due", "--apply")).code).toBe(0);
      const after = await environment();
      expect(after["AWS_ACCESS_KEY_ID"]).not.toBe(before["AWS_ACCESS_KEY_ID"]);
      expect([await opensBucket(before), await opensBucket(after)]).toEqual([false, true]);
      // A token cannot be revoked alone: the old one lives on until it ends by itself.
      expect([await opensDatabase(before), await opensDatabase(after)]).toEqual([true, true]);
      const order = (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation);
      const places = [
        /^CreateAccessKey/,
        /^POST .*\/secrets$/,
        /^POST .*\/machines\/\{\w+\}$/,
        /^DeleteAccessKey$/,
      ].map((pattern) => order.findIndex((operation) => pattern.test(operation)));
      expect(places).toEqual(places.toSorted((one, other) => one - other));
      expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
      expect((await project.pulumi("preview", "--expect-no-changes")).code).toBe(0);
    },
    SLOW,
  );
});

it(
  "a rotation by age is refused while something else is to be done, and applies nothing",
  async () => {
    project.tenant("acme", "owner: team@example.com\nmachine: { memoryMb: 2048 }\n");
    project.env["TENANTRY_NOW"] = new Date(Date.now() + 200 * DAY_MS).toISOString();
    await cloud.forgetCalls();
    const refused = await project.tenantry("rotate", "--due", "--apply");
    project.tenant("acme");
    project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * DAY_MS).toISOString();
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ROTATION_BLOCKED: acme: machine update\n/) as unknown,
    });
    expect((await cloud.calls()).filter(({ mutating }) => mutating)).toEqual([]);
  },
  SLOW,
);

it(
  "raising the epoch revokes everything that was handed out, and mints it anew",
  async () => {
    const before = await environment();
    expect(await project.tenantry("rotate", "acme")).toMatchObject({
      code: 0,
      stdout: "edited: acme, epoch 2\n",
      stderr: expect.stringContaining("not applied yet; apply it: npx tenantry up acme --stack local") as unknown,
    });
    expect((await project.tenantry("up", "acme")).code).toBe(0);
    const after = await environment();
    expect([await opensBucket(before), await opensDatabase(before)]).toEqual([false, false]);
    expect([await opensBucket(after), await opensDatabase(after)]).toEqual([true, true]);
    expect((await project.pulumi("preview", "--expect-no-changes")).code).toBe(0);
  },
  SLOW,
);
