import { rmSync } from "node:fs";
import { join } from "node:path";

import { GetObjectCommand } from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { TenantOutcome } from "../../operations/engine/deployment-events.ts";
import { tigrisErrors } from "../../provider/tigris/errors.ts";
import { s3For } from "../local/tigris/clients.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { endFleet, up } from "../support/fleet.ts";
import { parsed } from "../support/scratch-project.ts";
import { type BootEnvironment, bootEnvironments, estateOf, exercise } from "./estate.ts";
import { sideProject, type SideProject } from "./side-project.ts";

let cloud: TestCloud;
let project: SideProject;

beforeAll(async () => {
  cloud = await startCloud();
  project = sideProject(cloud, { prefix: "lost" }, { verbs: "warm" });
  project.tenant("ada");
  project.tenant("ben", "owner: b@example.com\naccess: [{ name: laptop, mode: read-only }]\n");
  await up(project);
}, 120_000);

afterAll(() => endFleet({ cloud, project }), 60_000);

const environments = () => bootEnvironments(cloud, "lost");

async function fileOf(env: BootEnvironment): Promise<string | undefined> {
  const key = { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" };
  const client = s3For(cloud, key);
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: env["BUCKET_NAME"], Key: "proof.txt" }));
    return await Body?.transformToString();
  } finally {
    client.destroy();
  }
}

async function rowsOf(env: BootEnvironment): Promise<number> {
  const database = createClient({ url: env["LIBSQL_URL"] ?? "", authToken: env["DATABASE_AUTH_TOKEN"] ?? "" });
  const { rows } = await database.execute("SELECT * FROM proof");
  database.close();
  return rows.length;
}

describe("after the state file is lost", () => {
  it("one up adopts everything under its claims, with the data in it, and replaces the keys", async () => {
    const before = [...environments().values()];
    await Promise.all(before.map((env) => exercise(cloud, env)));
    const estate = await estateOf(cloud, "lost");

    rmSync(join(project.home, "state"), { recursive: true });
    expect(await project.tenantry("up")).toMatchObject({ code: 0 });
    expect(await project.tenantry("drift")).toMatchObject({ code: 0 });

    expect(await estateOf(cloud, "lost")).toEqual(estate);
    const after = [...environments().values()];
    expect(await Promise.all(after.map(fileOf))).toEqual(["it opens", "it opens"]);
    expect(await Promise.all(after.map(rowsOf))).toEqual([1, 1]);
    const ids = (all: BootEnvironment[]) => all.map((env) => env["AWS_ACCESS_KEY_ID"]);
    expect(ids(after).filter((id) => ids(before).includes(id))).toEqual([]);
    const refusals = await Promise.all(
      before.map((env) => fileOf(env).catch((error: unknown) => (error as Error).name)),
    );
    expect(refusals).toEqual(["InvalidAccessKeyId", "InvalidAccessKeyId"]);
    expect(await project.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
  }, 180_000);
});

describe("a second project with the same names in the same cloud", () => {
  let second: SideProject;
  beforeAll(() => {
    second = sideProject(cloud, { prefix: "lost", fleetId: "fedcba9876543210" });
    for (const id of ["ada", "ben"]) second.tenant(id);
  });
  afterAll(() => {
    second.dispose();
  });

  it("takes nothing over: each of its tenants fails and says whose the name is", async () => {
    const before = { estate: await estateOf(cloud, "lost"), environments: environments() };
    const ran = await second.tenantry("up", "--json");
    expect(ran.code).toBe(1);
    const outcomes = parsed(ran) as TenantOutcome[];
    const failed = outcomes.filter(({ errors }) => errors.length > 0);
    expect(failed.map(({ tenant, errors }) => [tenant, errors.map((error) => error.split(":")[0])])).toEqual([
      ["ada", [tigrisErrors.TIGRIS_NAME_TAKEN.code]],
      ["ben", [tigrisErrors.TIGRIS_NAME_TAKEN.code]],
    ]);
    expect(failed[0]?.errors[0]).toContain("tenant ada of stack local in fleet 0123456789abcdef0123456789abcdef");
    // The group is the second fleet's own: its name carries a hash of the fleet's id.
    const { groups, ...estate } = await estateOf(cloud, "lost");
    expect(estate).toEqual({ ...before.estate, groups: undefined });
    expect(groups).toHaveLength(2);
    expect(environments()).toEqual(before.environments);
  }, 120_000);

  it("destroys nothing of the first when it is destroyed itself, even with all protection lifted", async () => {
    const { groups, ...before } = await estateOf(cloud, "lost");
    await second.pulumi("state", "unprotect", "--all", "--yes");
    expect(await second.pulumi("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    const { groups: left, ...after } = await estateOf(cloud, "lost");
    expect(after).toEqual(before);
    expect(left).toHaveLength(groups.length - 1);
    expect(await project.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
  }, 120_000);
});
