import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import type { ScratchProject } from "../support/scratch-project.ts";
import { secretEnv } from "../support/secret-env.ts";

const SLOW = 240_000;
const DAY_MS = 86_400_000;

let cloud: TestCloud;
let project: ScratchProject;

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  await up(project);
}, SLOW);

afterAll(() => endFleet({ cloud, project }));

type Environment = Readonly<Record<string, string>>;
const environment = async () => (await secretEnv(project.tenantry, "acme")) as Environment;

async function opensBucket(env: Environment): Promise<boolean> {
  const client = new S3Client({
    endpoint: cloud.descriptor.tigris.endpoint,
    region: "auto",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" },
  });
  return client.send(new ListObjectsV2Command({ Bucket: env["BUCKET_NAME"] })).then(
    () => true,
    () => false,
  );
}

describe("a rotation by age that fails on its way", () => {
  it.each([
    ["the database's new token", "^POST .*auth/tokens$", 1],
    ["the secrets", "^POST .*/secrets$", 2],
    ["the machine", "^POST .*/machines/\\{machine\\}$", 3],
  ])(
    "at %s leaves the machine the old key, which opens the bucket until the next run has put the new one in its place",
    async (_, operation, round) => {
      const before = await environment();
      project.env["TENANTRY_NOW"] = new Date(Date.now() + 91 * round * DAY_MS).toISOString();
      await cloud.faults({ kind: "error", status: 403, operation });
      const broken = await project.tenantry("up", "--yes");
      await cloud.faults();
      expect(broken.code).toBe(1);
      expect(await opensBucket(before)).toBe(true);
      expect(await project.tenantry("up", "--yes")).toMatchObject({ code: 0 });
      const after = await environment();
      expect([await opensBucket(before), await opensBucket(after)]).toEqual([false, true]);
    },
    SLOW,
  );
});
