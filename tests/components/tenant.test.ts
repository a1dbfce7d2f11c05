import { beforeAll, describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import resources from "@pulumi/pulumi/proto/resource_pb.js";

import type { Tenant as Declared } from "../../tenants/model/tenant.ts";
import { example, kinds, registerTenant, registerWithMocks } from "./registered.ts";

type Request = InstanceType<typeof resources.RegisterResourceRequest>;

beforeAll(registerWithMocks);

describe("a tenant's components", () => {
  it("make one of everything, each named after the tenant", async () => {
    const { resources } = await registerTenant(example("lighthouse-bakery"));
    const id = "lighthouse-bakery";
    expect(kinds(resources)).toEqual([
      `fly:App ${id}`,
      `fly:IpAssignment ${id}`,
      `fly:Machine ${id}`,
      `fly:Secrets ${id}`,
      `index:Tenant ${id}`,
      `tigris:AccessKey ${id}`,
      `tigris:Bucket ${id}`,
      `turso:Database ${id}`,
      `turso:DatabaseToken ${id}`,
    ]);
  });

  it("watch the addresses also of an app that is to have none, so that one from outside is seen", async () => {
    const declared = example("lighthouse-bakery");
    const { resources } = await registerTenant({ ...declared, machine: { ...declared.machine, ingress: "none" } });
    const addresses = resources.filter(({ type }) => type === "tenantry:fly:IpAssignment");
    expect(addresses).toMatchObject([{ inputs: { ingress: "none" } }]);
  });

  it("give each person of `access` a key of their own, in the mode asked for", async () => {
    const { resources } = await registerTenant(example("nightjar-radio"));
    const key = resources.find(({ name }) => name === "nightjar-radio/yusuf-laptop");
    expect(key?.inputs).toMatchObject({ purpose: "access-yusuf-laptop", mode: "read-only" });
  });

  it("leave out the database and its secrets when the app keeps its own", async () => {
    const { resources, record } = await registerTenant(example("tin-can-robotics"));
    expect(kinds(resources).filter((kind) => kind.includes("turso"))).toEqual([]);
    expect(record).not.toHaveProperty("databaseUrl");
  });

  it("switch off a suspended tenant's key, database and machine, and delete nothing", async () => {
    const suspended: Declared = { ...example("lighthouse-bakery"), state: "suspended" };
    const { resources } = await registerTenant(suspended);
    const inputs = (type: string) => resources.find((resource) => resource.type === `tenantry:${type}`)?.inputs;
    expect(resources).toHaveLength(9);
    expect(inputs("tigris:AccessKey")).toMatchObject({ enabled: false });
    expect(inputs("turso:Database")).toMatchObject({ blockReads: true, blockWrites: true, deleteProtection: true });
    expect(inputs("fly:Machine")).toMatchObject({ suspended: true });
  });

  it("give up the database's protection only while off-boarding", async () => {
    const { resources } = await registerTenant({ ...example("lighthouse-bakery"), state: "offboarding" });
    const database = resources.find(({ type }) => type === "tenantry:turso:Database");
    expect(database?.inputs).toMatchObject({ deleteProtection: false });
  });

  it.each([
    ["schema-first", ["turso:Schema", "fly:Machine"]],
    ["image-first", ["fly:Machine", "turso:Schema"]],
  ] as const)("bring the schema forward and change the machine in the tenant's order: %s", async (order, expected) => {
    const acme = example("lighthouse-bakery");
    if (acme.database.engine === "none") throw new Error("no database");
    const schema = { from: "migrations/notes", version: 14, order };
    const { resources } = await registerTenant({ ...acme, database: { ...acme.database, schema } });
    const made = resources.map(({ type }) => type.replace("tenantry:", ""));
    expect(made.filter((type) => expected.includes(type as "fly:Machine"))).toEqual(expected);
    expect(resources.find(({ type }) => type === "tenantry:turso:Schema")?.inputs).toMatchObject({
      from: "migrations/notes",
      version: 14,
      digest: "migrations/notes 14",
      closed: false,
    });
  });

  it.each([
    ["schema-first", ["fly:Migrator", "fly:Machine"]],
    ["image-first", ["fly:Machine", "fly:Migrator"]],
  ] as const)(
    "have the app's own migrator run in the tenant's order, with no secret in its inputs: %s",
    async (order, expected) => {
      const acme = example("lighthouse-bakery");
      if (acme.database.engine === "none") throw new Error("no database");
      const schema = { command: ["node", "migrate.mjs"], mayShrink: [], version: 3, order };
      const { resources } = await registerTenant({ ...acme, database: { ...acme.database, schema } });
      const made = resources.map(({ type }) => type.replace("tenantry:", ""));
      expect(made.filter((type) => /Schema|Migrator|Machine/.test(type))).toEqual(expected);
      const { inputs } = resources.find(({ type }) => type === "tenantry:fly:Migrator") ?? {};
      expect(inputs).toMatchObject({
        ...{
          image: acme.machine.image,
          command: ["node", "migrate.mjs"],
          version: 3,
          secretsVersion: 3,
          closed: false,
        },
        env: { TENANT: acme.id, SCHEMA_VERSION: "3", LIBSQL_URL: expect.stringMatching(/^libsql:/) as unknown },
      });
      expect(JSON.stringify(inputs)).not.toMatch(/planted|BUCKET_NAME|MOUNT/);
    },
  );

  it("put no secret into the tenant's record", async () => {
    const { record } = await registerTenant(example("lighthouse-bakery"));
    expect(JSON.stringify(record)).not.toContain("planted");
    expect(record).toMatchObject({ bucket: "acme-prod-lighthouse-bakery" });
  });
});

it("each dependency of a resource is named once, at the setting that it comes from, and none of what others pass on", async () => {
  const { storeDependenciesOnce } = await import("../../components/dependencies-once.ts");
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: (request: Request) => void };
  const { registerResource } = monitor;
  const seen: Request[] = [];
  monitor.registerResource = (request) => seen.push(request);
  storeDependenciesOnce();
  const urn = (type: string) => `urn:pulumi:prod::tenantry::tenantry:index:Tenant$${type}::acme`;
  const [app, database, secrets, schema] = ["fly:App", "turso:Database", "fly:Secrets", "turso:Schema"].map((type) =>
    urn(`tenantry:${type}`),
  ) as [string, string, string, string];
  const request = (type: string) => {
    const made = new resources.RegisterResourceRequest();
    made.setType(type);
    made.setDependenciesList([app, database, secrets, schema]);
    for (const [setting, urns] of Object.entries({
      app: [app],
      region: [],
      config: [database],
      secretsVersion: [secrets],
    }))
      made
        .getPropertydependenciesMap()
        .set(setting, new resources.RegisterResourceRequest.PropertyDependencies().setUrnsList(urns));
    return made;
  };
  for (const type of ["tenantry:fly:Machine", "aws:s3/bucket:Bucket"]) monitor.registerResource(request(type));
  monitor.registerResource = registerResource;
  const told = seen.map((each) => ({
    all: each.getDependenciesList(),
    config: each.getPropertydependenciesMap().get("config")?.getUrnsList(),
    app: each.getPropertydependenciesMap().get("app")?.getUrnsList(),
  }));
  expect(told).toEqual([
    { all: [schema], config: [], app: [app] },
    { all: [app, database, secrets, schema], config: [database], app: [app] },
  ]);
});

it("no stack trace is captured per resource: it would be a third of the state, with this computer's paths in it", async () => {
  const { leaveOutStackTraces } = await import("../../components/no-stack-traces.ts");
  const { stackTrace } = pulumi.Resource as unknown as { stackTrace?: (skip: number) => unknown[] };
  // If this fails, the SDK captures traces in another way: see components/no-stack-traces.ts.
  expect(stackTrace?.(0).length).toBeGreaterThan(0);
  const limit = Error.stackTraceLimit;
  leaveOutStackTraces();
  Error.stackTraceLimit = limit;
  expect((pulumi.Resource as unknown as { stackTrace: (skip: number) => unknown[] }).stackTrace(0)).toEqual([]);
});
