import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { listBuckets } from "@tigrisdata/storage";

import { startCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  cloud = await startCloud();
  env = JSON.parse(tenantry("--json")) as typeof env;
});
afterAll(() => cloud.dispose());

function tenantry(...more: string[]): string {
  const own = { ...process.env, TENANTRY_HOME: cloud.home };
  return execFileSync(join(process.cwd(), "cli/tenantry"), ["cloud", "env", ...more], { encoding: "utf8", env: own });
}

const asked = async (address: string, token: string) =>
  (await fetch(address, { headers: { authorization: `Bearer ${token}` } })).status;

describe("tenantry cloud env", () => {
  it("says lines that a shell takes", () => {
    const out = execFileSync("sh", ["-c", 'eval "$0"; env', tenantry()], { encoding: "utf8", env: {} });
    for (const [name, value] of Object.entries(env)) expect(out.split("\n")).toContain(`${name}=${value}`);
  });

  it("opens each of the vendors' addresses with the token or key of the same line", async () => {
    const { FLY_API_BASE_URL, FLY_FLAPS_BASE_URL, FLY_API_TOKEN, TURSO_API_BASEURL, TURSO_API_TOKEN } = env;
    for (const fly of [FLY_API_BASE_URL, FLY_FLAPS_BASE_URL])
      expect(await asked(`${fly}/v1/tokens/current`, FLY_API_TOKEN ?? "")).toBe(200);
    expect(await asked(`${TURSO_API_BASEURL}/v1/auth/validate`, TURSO_API_TOKEN ?? "")).toBe(200);
    const key = {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    };
    const s3 = new S3Client({
      endpoint: env["AWS_ENDPOINT_URL_S3"] ?? "",
      region: env["AWS_REGION"] ?? "",
      credentials: key,
    });
    expect((await s3.send(new ListBucketsCommand({}))).$metadata.httpStatusCode).toBe(200);
    const config = {
      endpoint: env["TIGRIS_STORAGE_ENDPOINT"] ?? "",
      accessKeyId: env["TIGRIS_STORAGE_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["TIGRIS_STORAGE_SECRET_ACCESS_KEY"] ?? "",
    };
    expect((await listBuckets({ config })).data).toMatchObject({ buckets: [] });
  });
});
