import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import { resolveTenant } from "../../tenants/model/resolve-tenant.ts";
import { tenantFileOf } from "../../tenants/model/tenant-file-of.ts";
import { REGIONS } from "../../tenants/regions.ts";
import type { Plan, TenantFile } from "../../tenants/model/tenant-file.ts";

const IMAGE = { image: "ghcr.io/acme/agent:1" };

function resolved(file: Omit<TenantFile, "owner">, standard: Plan = { machine: IMAGE }) {
  return resolveTenant("acme", { owner: "a@b.example", ...file }, { standard }, REGIONS);
}

describe("the example tenants", () => {
  const golden = JSON.parse(readFileSync("tests/tenants/golden/examples.json", "utf8")) as Record<string, unknown>;

  it.each(["local", "dev"])("of the stack %s are filled in as reviewed", (stack) => {
    expect(loadFleet("tenants", stack)).toEqual(golden[stack]);
  });

  it("need not have more than an owner", () => {
    expect(readFileSync("tenants/local/lighthouse-bakery.yaml", "utf8").replaceAll(/^#.*\n/gm, "")).toMatch(
      /^owner: \S+\n$/,
    );
  });

  it.each(["local", "dev"])("of the stack %s tell editors where their schema is", (stack) => {
    for (const { id } of loadFleet("tenants", stack).tenants) {
      expect(readFileSync(`tenants/${stack}/${id}.yaml`, "utf8")).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/tenant\.schema\.json\n/,
      );
    }
  });
});

describe("a tenant's region", () => {
  it.each(Object.entries(REGIONS))(
    "sets bucket, database and machine at once: %s",
    (code, { bucket, database, machine }) => {
      expect(resolved({ region: code as keyof typeof REGIONS })).toMatchObject({
        storage: { locations: [bucket] },
        database: { location: database },
        machine: { region: machine },
      });
    },
  );

  it("can be overridden for each of them", () => {
    const tenant = resolved({
      region: "fra",
      storage: { locations: "eur" },
      database: { location: "aws-us-west-2" },
      machine: { region: "cdg" },
    });
    expect(tenant).toMatchObject({
      region: "fra",
      storage: { locations: ["eur"] },
      database: { location: "aws-us-west-2" },
      machine: { region: "cdg" },
    });
  });

  it("sets the AWS region of an S3 bucket", () => {
    expect(resolved({ region: "lhr", storage: { backend: "aws-s3" } }).storage).toEqual({
      backend: "aws-s3",
      awsRegion: "eu-west-2",
      softDeleteDays: 7,
    });
  });
});

describe("a tenant's plan", () => {
  it("lies between the built-in defaults and the file", () => {
    const plan: Plan = { region: "nrt", machine: { ...IMAGE, cpus: 2, memoryMb: 2048 }, rotation: { keys: "30d" } };
    const tenant = resolved({ machine: { memoryMb: 4096 }, rotation: { tokens: "7d" } }, plan);
    expect(tenant).toMatchObject({
      region: "nrt",
      machine: { image: IMAGE.image, cpus: 2, memoryMb: 4096, port: 8080 },
      rotation: { keys: "30d", tokens: "7d", epoch: 1 },
    });
  });

  it("adds its variables to the file's, which win", () => {
    const plan: Plan = { machine: { ...IMAGE, env: { B: "plan", A: "plan" } } };
    const { env } = resolved({ machine: { env: { B: "file", C: "file" } } }, plan).machine;
    expect(Object.entries(env)).toEqual([
      ["A", "plan"],
      ["B", "file"],
      ["C", "file"],
    ]);
  });

  it("says nothing of a database's size unless the file or the plan does: Turso's current platform refuses a limit", () => {
    expect(resolved({}, { machine: IMAGE }).database).toEqual({ engine: "turso", location: "aws-us-east-1" });
    expect(resolved({}, { machine: IMAGE, database: { sizeLimit: "5gb" } }).database).toMatchObject({
      sizeLimit: "5gb",
    });
    expect(readFileSync("tenants/plans.yaml", "utf8")).not.toContain("sizeLimit");
  });

  it("has no say about the options of another backend or engine", () => {
    const plan: Plan = {
      storage: { locations: "global", softDeleteDays: 30 },
      database: { sizeLimit: "5gb" },
      machine: IMAGE,
    };
    const tenant = resolved({ storage: { backend: "fly-volume" }, database: { engine: "none" } }, plan);
    expect(tenant.storage).toEqual({ backend: "fly-volume", volume: { sizeGb: 1, snapshotRetentionDays: 5 } });
    expect(tenant.database).toEqual({ engine: "none" });
    expect(tenant.mount).toEqual({ by: "fly", path: "/app/data" });
  });
});

describe("a tenant that has moved", () => {
  it("keeps what it left behind, with the settings that it had there", () => {
    const storage = { backend: "fly-volume", locations: "fra", kept: { tigris: "protected" } } as const;
    const tenant = resolved({ storage });
    expect(tenant.storage).toEqual({ backend: "fly-volume", volume: { sizeGb: 1, snapshotRetentionDays: 5 } });
    const left = { backend: "tigris", locations: ["fra"], snapshots: false, softDeleteDays: 7 };
    expect(tenant.kept).toEqual([{ ...left, guard: "protected" }]);
    expect(resolved({}).kept).toBeUndefined();
  });
});

describe("a resolved tenant", () => {
  it("has one spelling for what means the same", () => {
    const one = resolved({
      storage: { locations: ["lhr", "iad"] },
      database: { sizeLimit: "2000mb" },
      rotation: { keys: "2w", tokens: "48h" },
      mount: { statCacheTtl: "60s" },
    });
    const other = resolved({
      storage: { locations: ["iad", "lhr"] },
      database: { sizeLimit: "2gb" },
      rotation: { keys: "14d", tokens: "2d" },
      mount: { statCacheTtl: "1m" },
    });
    expect(one).toEqual(other);
  });

  it("does not depend on the plan once it is written out", () => {
    const tenant = resolved({ region: "syd" });
    const strange: Plan = {
      region: "iad",
      storage: { snapshots: true },
      machine: { image: "x:1", port: 1, env: {} },
      mount: { path: "/x" },
    };
    expect(resolved(tenantFileOf(tenant), strange)).toEqual(tenant);
  });

  it("is not made without an image", () => {
    expect(() => resolved({}, {})).toThrow(TenantryError);
  });
});
