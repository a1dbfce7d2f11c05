import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { databaseUrl } from "../../components/database.ts";
import { machineConfig } from "../../components/machine-config.ts";
import { machineConfig as acceptedByFly } from "../../provider/fly/machine-config.ts";
import { attachmentOf } from "./attachments.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";

const { tenants } = loadFleet(join(import.meta.dirname, "../../tenants"), "local");
const surroundings = {
  stack: "local",
  attachment: { bucket: "tnt-local-x", endpoint: "https://s3.example", region: "auto" },
  databaseUrl: "libsql://db.example",
};

describe("the machine config of the example tenants", () => {
  it.each(tenants.map((tenant) => [tenant.id, tenant] as const))("of %s is as agreed", (id, tenant) => {
    const database = tenant.database.engine === "none" ? undefined : surroundings.databaseUrl;
    const config = machineConfig(tenant, { ...surroundings, attachment: attachmentOf(tenant), databaseUrl: database });
    const golden = join(import.meta.dirname, `golden/${id}.machine.json`);
    // After a change on purpose: node tests/components/write-goldens.ts
    expect(config).toEqual(JSON.parse(readFileSync(golden, "utf8")));
    expect(acceptedByFly.parse(config)).toEqual(config);
  });
});

const [tenant] = tenants;
if (tenant === undefined) throw new Error("tenants/local is empty");

describe("a machine config", () => {
  it("gives the machine more time to stop than TigrisFS needs for a busy unmount", () => {
    const { stop_config: stop } = machineConfig(tenant, surroundings);
    expect(Number.parseInt(stop?.timeout ?? "0", 10)).toBeGreaterThan(20 + 5);
  });

  it("is ready when the app answers its health path, or when the port is open where the tenant names none", () => {
    const readyOf = (machine: Partial<typeof tenant.machine>) =>
      machineConfig({ ...tenant, machine: { ...tenant.machine, ...machine } }, surroundings).checks?.["ready"];
    const { healthPath: _, ...without } = tenant.machine;
    expect(machineConfig({ ...tenant, machine: without }, surroundings).checks?.["ready"]).toMatchObject({
      type: "tcp",
    });
    expect(readyOf({ healthPath: "/healthz" })).toMatchObject({
      type: "http",
      port: tenant.machine.port,
      path: "/healthz",
    });
  });

  it("always limits TigrisFS's read retries: without, a missing bucket hangs every caller for good", () => {
    expect(machineConfig(tenant, surroundings).env?.["TIGRISFS_READ_RETRY_ATTEMPTS"]).toMatch(/^[1-9]/);
  });

  it("lets no tenant's own variable replace one of the contract", () => {
    const machine = { ...tenant.machine, env: { TENANT: "somebody-else", LOG_LEVEL: "debug" } };
    const { env } = machineConfig({ ...tenant, machine }, surroundings);
    expect(env).toMatchObject({ TENANT: tenant.id, LOG_LEVEL: "debug" });
  });

  it("on a volume has it mounted by Fly, and is told nothing of buckets, keys or TigrisFS", () => {
    const storage = { backend: "fly-volume", volume: { sizeGb: 1, snapshotRetentionDays: 5 } } as const;
    const onVolume: Tenant = { ...tenant, storage, mount: { by: "fly", path: "/app/data" } };
    const config = machineConfig(onVolume, { ...surroundings, attachment: { volume: "vol_1" } });
    expect(config.mounts).toEqual([{ volume: "vol_1", path: "/app/data" }]);
    expect(config.env).toMatchObject({ MOUNT_BY: "fly", MOUNT_PATH: "/app/data" });
    expect(Object.keys(config.env ?? {}).filter((name) => /^(?:AWS_|BUCKET_|TIGRISFS_)/.test(name))).toEqual([]);
    expect(acceptedByFly.parse(config)).toEqual(config);
  });

  it("on S3 at AWS names the region's own endpoint", () => {
    const storage = { backend: "aws-s3", awsRegion: "eu-central-1", softDeleteDays: 7 } as const;
    const { env } = machineConfig(
      { ...tenant, storage },
      { ...surroundings, attachment: attachmentOf({ ...tenant, storage }) },
    );
    expect(env).toMatchObject({
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com",
      TIGRISFS_READ_RETRY_ATTEMPTS: "5",
    });
  });

  it("says that buckets are named in the path where the stack's settings do, and else says nothing of it", () => {
    const place = { bucket: "b", endpoint: "https://t3.storage.dev", region: "auto" };
    const said = [true, false].map(
      (pathStyle) =>
        machineConfig(tenant, { ...surroundings, attachment: { ...place, pathStyle } }).env?.["S3_PATH_STYLE"],
    );
    expect(said).toEqual(["true", undefined]);
  });

  it("is the same while the tenant is suspended: what a suspended machine lacks is the provider's", () => {
    const suspended = machineConfig({ ...tenant, state: "suspended" }, surroundings);
    expect(suspended).toEqual(machineConfig({ ...tenant, state: "active" }, surroundings));
  });
});

it("a database is reached by libsql, and by plain http on the embedded cloud, which has no certificates", () => {
  expect(databaseUrl("db-org.turso.io", "real")).toBe("libsql://db-org.turso.io");
  expect(databaseUrl("127.1.2.3:4", "embedded")).toBe("http://127.1.2.3:4");
});
