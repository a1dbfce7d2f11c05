import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type { Clockwork } from "../../cli/diagnosis/clock.ts";
import { dueFinding } from "../../cli/diagnosis/coming-due.ts";
import { type TryCredentials, tryCredentials } from "../../cli/diagnosis/credentials.ts";
import type { Reach } from "../../cli/diagnosis/stack.ts";
import type { DoctorFinding } from "../../cli/diagnosis/finding.ts";
import type { AskLocations } from "../../cli/diagnosis/turso-locations.ts";
import { doctor } from "../../cli/doctor.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoLocations } from "../../provider/turso/locations.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { engineErrors } from "../../operations/engine/errors.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";
import { FakeMachine } from "../tools/fake-machine.ts";

const now = new Date("2026-01-01T12:00:00Z");

/** Vendors whose clocks show `date`. */
function vendorsAt(date: string | undefined): Clockwork {
  return {
    now: () => now,
    fetch: () =>
      date === undefined
        ? Promise.reject(new Error("unreachable"))
        : Promise.resolve({ headers: new Headers({ date }) }),
  };
}

/** An account that can have groups at these locations. */
const locatedAt =
  (...codes: string[]): AskLocations =>
  () =>
    Promise.resolve(codes.map((code) => ({ code, description: code })));

const accepted: TryCredentials = {
  tigris: () => Promise.resolve(),
  fly: () => Promise.resolve(),
  flyOrganizations: () => Promise.resolve(["acme"]),
};

const embedded = `config:
  tenantry:fleetId: 0123456789abcdef
  tenantry:prefix: tnt
  tenantry:cloud: embedded
  tenantry:tursoOrganization: acme
  tenantry:flyOrganization: acme
`;

describe("tenantry doctor", () => {
  let machine: FakeMachine;
  let projectDir: string;

  beforeEach(() => {
    machine = new FakeMachine();
    projectDir = machine.clone();
    writeFileSync(join(projectDir, "Pulumi.yaml"), "name: tenantry\nruntime: nodejs\n");
    writeFileSync(join(projectDir, "Pulumi.local.yaml"), embedded);
    writeFileSync(join(projectDir, "Pulumi.prod.yaml"), embedded.replace("embedded", "real"));
  });

  afterEach(() => {
    machine.remove();
  });

  function tenant(id: string, text: string): void {
    const folder = join(projectDir, "tenants/prod");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(projectDir, "tenants/plans.yaml"), "standard: {}\n");
    const image = `ghcr.io/acme/agent@sha256:${"a1".repeat(32)}`;
    writeFileSync(join(folder, `${id}.yaml`), `owner: a@example.com\nmachine: { image: ${image} }\n${text}\n`);
  }

  async function findings({
    path = machine.bin,
    stack = "local",
    env = {},
    clockwork = vendorsAt(now.toUTCString()),
    askLocations = locatedAt("aws-us-east-1"),
    tryCredentials = accepted,
    readState = () => Promise.resolve([]),
  }: Partial<Reach & { path: string; stack: string; env: Record<string, string> }> = {}): Promise<
    (subject: string) => DoctorFinding | undefined
  > {
    const own = { PATH: path, HOME: machine.dir, XDG_CACHE_HOME: machine.cache, ...env };
    const all = await doctor({
      projectDir,
      toolsDir: join(projectDir, "tools"),
      stack,
      env: own,
      clockwork,
      askLocations,
      tryCredentials,
      readState,
    });
    return (subject) => all.find((finding) => finding.subject === subject);
  }

  it("names everything that is missing on a bare machine, each with the line that fixes it", async () => {
    const found = await findings({ path: "" });
    expect(found("npm packages")).toMatchObject({ state: "missing", fix: "npm ci" });
    for (const subject of ["pulumi", "pulumi-language-nodejs", "versitygw", "sqld"]) {
      expect(found(subject)).toMatchObject({ state: "missing", fix: "npx tenantry setup" });
    }
    expect(found("git")).toMatchObject({ state: "missing", fix: "apt-get install git" });
    expect(found("go")).toMatchObject({
      state: "missing",
      detail: "not found; needed to build pulumi, pulumi-language-nodejs, versitygw",
    });
    expect(found("tigrisfs")).toMatchObject({ state: "attention" });
    expect(found("litestream")).toMatchObject({
      state: "ok",
      detail: expect.stringContaining("setup --gates") as unknown,
    });
    expect(found("fuse3")).toMatchObject({ state: "attention", fix: "apt-get install fuse3" });
    expect(found("shellcheck")).toMatchObject({ state: "attention", fix: "apt-get install shellcheck" });
  });

  it("finds nothing missing among the tools once they are installed, and no need for Go", async () => {
    machine.putNode();
    expect(await machine.run(join(projectDir, "tools/install.sh"), ["test"])).toMatchObject({ code: 0 });
    machine.takeAway("go");
    const found = await findings();
    for (const subject of ["pulumi", "pulumi-language-nodejs", "versitygw", "tigrisfs", "actionlint"]) {
      expect(found(subject)).toMatchObject({ state: "ok", source: "built by tools/install.sh" });
      expect(found(subject)?.version).toMatch(/^v\d/);
    }
    expect(found("npm packages")).toMatchObject({ state: "ok" });
    expect(found("go")).toMatchObject({ state: "ok" });
  });

  it("tells where a program on PATH comes from, and refuses a Pulumi that is too old", async () => {
    machine.put("pulumi", "echo v3.100.0");
    machine.put("versitygw", "");
    const found = await findings();
    expect(found("pulumi")).toMatchObject({
      state: "missing",
      version: "v3.100.0",
      source: join(machine.bin, "pulumi"),
      detail: "older than 3.249.0",
    });
    expect(found("versitygw")).toMatchObject({ state: "ok", source: join(machine.bin, "versitygw") });
  });

  it("sees that an installed program is no longer the pinned one", async () => {
    machine.putNode();
    await machine.run(join(projectDir, "tools/install.sh"), ["run"]);
    writeFileSync(join(projectDir, "tools/versitygw/go.sum"), "");
    const found = await findings();
    expect(found("versitygw")).toMatchObject({ state: "attention", detail: "not the version that is pinned now" });
    expect(found("pulumi")).toMatchObject({ state: "ok" });
  });

  it("names npm packages that are out of step with the lock file", async () => {
    mkdirSync(join(projectDir, "node_modules"));
    writeFileSync(
      join(projectDir, "node_modules/.package-lock.json"),
      '{ "packages": { "node_modules/a": { "version": "0.9.0" } } }',
    );
    expect((await findings())("npm packages")).toMatchObject({
      state: "missing",
      detail: "absent or in another version: a",
    });
  });

  it("tells whether the embedded cloud is up, and how to start it", async () => {
    const found = await findings();
    expect(found("stack local")).toMatchObject({ state: "ok", detail: "on the embedded cloud" });
    expect(found("embedded cloud")).toMatchObject({
      state: "attention",
      detail: "down",
      fix: "npx tenantry cloud up",
    });
  });

  it("says which stack has no settings", async () => {
    expect((await findings({ stack: "nosuch" }))("stack nosuch")).toMatchObject({ state: "missing" });
  });

  describe("on a stack of real accounts", () => {
    const credentials = {
      TIGRIS_ACCESS_KEY_ID: "tid_planted",
      TIGRIS_SECRET_ACCESS_KEY: "tsec_planted",
      TURSO_API_TOKEN: "turso_planted",
      FLY_API_TOKEN: "fly_planted",
    };

    it("names the credentials that are not in the environment", async () => {
      const env = { ...credentials, TURSO_API_TOKEN: "" };
      const finding = (await findings({ stack: "prod", env }))("credentials");
      expect(finding).toMatchObject({ state: "missing" });
      expect(finding?.detail).toBe("CREDENTIALS_MISSING: not in the environment: TURSO_API_TOKEN");
    });

    it("names trials, keys and tokens whose day is near, the earliest first; and says when it cannot look", async () => {
      tenant("acme", "expires: 2026-01-02");
      tenant("beta", "expires: 2026-02-20");
      const key = (tenant: string, issued: string) => ({
        type: "tenantry:tigris:AccessKey",
        urn: `urn:pulumi:prod::tenantry::tenantry:index:Tenant$tenantry:tigris:AccessKey::${tenant}`,
        inputs: { purpose: "machine", issued, rotation: "90d" },
        outputs: {},
      });
      const dueIn = async (readState: Reach["readState"]) =>
        (await findings({ stack: "prod", env: credentials, readState }))("trials, keys, tokens, snapshots");
      const state = [key("beta", "2025-10-01T00:00:00Z"), key("acme", "2025-12-01T00:00:00Z")];
      expect(await dueIn(() => Promise.resolve(state))).toMatchObject({
        state: "attention",
        detail: "beta: key of the machine, overdue since 2025-12-30; acme: trial, due 2026-01-02",
        fix: "npx tenantry list --stack prod",
      });
      tenant("acme", "expires: 2026-01-02\nstate: suspended");
      expect(await dueIn(() => Promise.resolve([]))).toMatchObject({ state: "ok" });
      const failing = () => Promise.reject(new TenantryError(engineErrors.STATE_DAMAGED, "half a file"));
      expect(await dueIn(failing)).toMatchObject({
        state: "attention",
        detail: expect.stringContaining("half a file") as unknown,
      });
    });

    it("counts the tenants without a snapshot in time, also those that it does not name", () => {
      const late = (tenant: string) => ({ tenant, what: "snapshot", at: "2026-01-01T00:00:00.000Z", isOverdue: true });
      const { detail, state } = dueFinding(["a", "b", "c", "d", "e", "f"].map(late), "prod");
      expect([state, detail]).toEqual([
        "attention",
        expect.stringMatching(/^a: .*; 1 more; 6 tenants without a snapshot in time$/),
      ]);
      expect(dueFinding([late("a")], "prod").detail).toContain("; 1 tenant without a snapshot in time");
    });

    it("never repeats a credential", async () => {
      const all = await doctor({
        projectDir,
        stack: "prod",
        env: { PATH: machine.bin, ...credentials },
        clockwork: vendorsAt(now.toUTCString()),
        askLocations: locatedAt("aws-us-east-1"),
        tryCredentials: accepted,
        readState: () => Promise.resolve([]),
      });
      expect(all.find(({ subject }) => subject === "credentials, by fly")).toMatchObject({ state: "ok" });
      expect(JSON.stringify(all)).not.toContain("planted");
    });

    it.each([
      ["2026-01-01T12:00:59Z", "ok", "agrees"],
      ["2026-01-01T12:02:00Z", "attention", "this machine's clock is 120 s behind"],
      ["2026-01-01T11:50:00Z", "attention", "this machine's clock is 600 s ahead"],
    ])("compares the clock with the vendors': theirs shows %s", async (date, state, detail) => {
      const clockwork = vendorsAt(new Date(date).toUTCString());
      const found = await findings({ stack: "prod", env: credentials, clockwork });
      for (const vendor of ["tigris", "turso", "fly"]) {
        expect(found(`clock, by ${vendor}`)).toMatchObject({ state, detail });
      }
    });

    it("tells which tenants want a database where the account can have none", async () => {
      tenant("ada", "region: iad");
      tenant("ben", "region: fra");
      tenant("cyd", "region: fra\ndatabase: { engine: none }");
      const found = await findings({ stack: "prod", env: credentials });
      expect(found("turso locations")).toMatchObject({
        state: "missing",
        detail: "no aws-eu-west-1, as wanted by ben",
        fix: expect.stringContaining("one of aws-us-east-1") as unknown,
      });
      const askLocations = locatedAt("aws-us-east-1", "aws-eu-west-1");
      const better = await findings({ stack: "prod", env: credentials, askLocations });
      expect(better("turso locations")).toMatchObject({ state: "ok", detail: "2, and all that tenants want" });
    });

    describe("where every credential is tried", () => {
      const vendors = ["tigris", "turso", "fly"] as const;
      let cloud: TestCloud;

      beforeAll(async () => {
        cloud = await startCloud();
      });

      afterAll(async () => {
        await cloud.dispose();
      });

      beforeEach(() => {
        const { tigris, turso, fly } = cloud.descriptor;
        const endpoints = {
          tigrisEndpoint: tigris.endpoint,
          tigrisIamEndpoint: tigris.iamEndpoint,
          tursoEndpoint: turso.endpoint,
          flyEndpoint: fly.endpoint,
        };
        const lines = Object.entries(endpoints).map(([key, url]) => `  tenantry:${key}: ${url}\n`);
        const real = embedded
          .replace("cloud: embedded", "cloud: real")
          .replace("tursoOrganization: acme", `tursoOrganization: ${turso.organization}`)
          .replace("flyOrganization: acme", `flyOrganization: ${fly.organization}`);
        writeFileSync(join(projectDir, "Pulumi.prod.yaml"), real + lines.join(""));
      });

      const right = () => ({
        TIGRIS_ACCESS_KEY_ID: cloud.descriptor.tigris.accessKeyId,
        TIGRIS_SECRET_ACCESS_KEY: cloud.descriptor.tigris.secretAccessKey,
        TURSO_API_TOKEN: cloud.descriptor.turso.token,
        FLY_API_TOKEN: cloud.descriptor.fly.token,
      });
      const tried = async (wrong: Partial<typeof credentials>, tries = tryCredentials) =>
        await findings({
          stack: "prod",
          env: { ...right(), ...wrong },
          askLocations: tursoLocations,
          tryCredentials: tries,
        });

      it("finds all well when each vendor accepts its own", async () => {
        tenant("ada", "region: iad");
        const found = await tried({});
        for (const vendor of vendors) {
          expect(found(`credentials, by ${vendor}`)).toMatchObject({ state: "ok", detail: "accepted" });
        }
        expect(found("turso locations")).toMatchObject({ state: "ok" });
        expect(found("fly organisation")).toMatchObject({ state: "ok", detail: cloud.descriptor.fly.organization });
      });

      it("names the organisations that Fly's token reaches, when the stack's is none of them", async () => {
        const file = join(projectDir, "Pulumi.prod.yaml");
        const { organization } = cloud.descriptor.fly;
        writeFileSync(
          file,
          readFileSync(file, "utf8").replace(`flyOrganization: ${organization}`, "flyOrganization: me"),
        );
        expect((await tried({}))("fly organisation")).toMatchObject({
          state: "missing",
          detail: `the token reaches ${organization}, and not me`,
          fix: expect.stringContaining("tenantry:flyOrganization") as unknown,
        });
      });

      it("goes on when Fly does not say what its token reaches, and says nothing of a token that is refused", async () => {
        const silent = { ...tryCredentials, flyOrganizations: () => Promise.reject(new Error("404")) };
        expect((await tried({}, silent))("fly organisation")).toMatchObject({ state: "attention" });
        expect((await tried({ FLY_API_TOKEN: credentials.FLY_API_TOKEN }))("fly organisation")).toBeUndefined();
      });

      it.each([
        ["tigris", "Tigris", "TIGRIS_ACCESS_KEY_ID"],
        ["tigris", "Tigris", "TIGRIS_SECRET_ACCESS_KEY"],
        ["turso", "Turso", "TURSO_API_TOKEN"],
        ["fly", "Fly", "FLY_API_TOKEN"],
      ] as const)("names %s, and no other, when %s refuses a wrong %s", async (vendor, name, variable) => {
        const found = await tried({ [variable]: credentials[variable] });
        const refused = found(`credentials, by ${vendor}`);
        expect(refused).toMatchObject({
          state: "missing",
          detail: expect.stringMatching(new RegExp(`^VENDOR_UNAUTHORIZED: ${name} `)) as unknown,
          fix: expect.stringMatching(new RegExp(`^set .*${variable}`)) as unknown,
        });
        expect(JSON.stringify(refused)).not.toContain("planted");
        for (const other of vendors.filter((each) => each !== vendor)) {
          expect(found(`credentials, by ${other}`)).toMatchObject({ state: "ok" });
        }
      });

      it("names every vendor when all of them are wrong", async () => {
        const found = await tried(credentials);
        for (const vendor of vendors) {
          expect(found(`credentials, by ${vendor}`)).toMatchObject({ state: "missing" });
        }
      });

      it("names the clock before the credentials when Tigris refuses both", async () => {
        const hourAhead = () => new Date(Date.now() + 61 * 60_000);
        const found = await tried(
          { TIGRIS_SECRET_ACCESS_KEY: credentials.TIGRIS_SECRET_ACCESS_KEY },
          {
            ...tryCredentials,
            tigris: (account) => tigrisClient(account, { retries: 0, now: hourAhead }).iam.tryKey({}),
          },
        );
        expect(found("credentials, by tigris")).toMatchObject({
          state: "missing",
          detail: expect.stringMatching(
            /^CLOCK_WRONG: this computer's clock is 61 minutes ahead of Tigris's /,
          ) as unknown,
          fix: expect.stringContaining("timedatectl set-ntp true") as unknown,
        });
      });
    });

    it("goes on when a vendor does not answer", async () => {
      const found = await findings({ stack: "prod", env: credentials, clockwork: vendorsAt(undefined) });
      expect(found("clock, by fly")).toMatchObject({ state: "attention", detail: "does not answer" });
    });
  });

  it("asks no vendor for a stack of the embedded cloud", async () => {
    let asked = 0;
    const fetch = () => {
      asked += 1;
      return Promise.reject(new Error("not expected"));
    };
    await findings({ clockwork: { now: () => now, fetch } });
    expect(asked).toBe(0);
  });
});
