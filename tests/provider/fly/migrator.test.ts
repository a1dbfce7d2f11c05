import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";

import { flyClient, type FlyClient } from "../../../provider/fly/client.ts";
import { type MigratorInputs, migratorKey, migratorType } from "../../../provider/fly/migrator.ts";
import { type OneOff, runOnce } from "../../../provider/fly/one-off-machine.ts";
import { OwnApps } from "../../../provider/fly/own-apps.ts";
import { SchemaHalt } from "../../../provider/schema-halt.ts";
import { schemaErrors } from "../../../tenants/schemas/errors.ts";
import { machinesRun, whyNoMachine } from "../../container/machine.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { testCall } from "../../support/call.ts";
import { itIf } from "../../support/skip.ts";
import { appInputs, failure, ORGANIZATION } from "./fly-room.ts";

const SLOW = 180_000;
const IMAGE = "registry.example/app:1";
const TOKEN = "eyJtoken-of-the-tenants-database";

/** Says which secrets and version it has, and ends as it is told. */
const MIGRATE = `
const { DATABASE_AUTH_TOKEN: token = "none", SCHEMA_VERSION, WORDS = "", MS = "0" } = process.env;
console.log("version " + SCHEMA_VERSION + " with " + (token === "none" ? "no token" : "a token of " + token.length));
if (WORDS !== "") console.error(WORDS.replace("TOKEN", token).replace("TWICE", token + token));
setTimeout(() => process.exit(Number(process.argv[2] ?? process.env.EXIT ?? 0)), Number(MS));
`;

let cloud: TestCloud;
let client: FlyClient;
let app = "";
let apps = 0;
let secretsVersion = 0;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["fly"], machines: machinesRun ? "processes" : "records" });
  writeFileSync(join(cloud.home, "migrate.cjs"), MIGRATE);
  const image = { files: { "/srv/migrate.cjs": "migrate.cjs" }, command: ["node", "/srv/migrate.cjs"] };
  writeFileSync(join(cloud.home, "images.yaml"), stringify({ [IMAGE]: image }));
  client = flyClient(cloud.descriptor.fly);
}, SLOW);
afterEach(() => cloud.resetSwitches());
afterAll(() => cloud.dispose(), SLOW);

/** An app of its own, with a token among its secrets. */
async function newApp(): Promise<void> {
  app = `app-${(apps += 1)}`;
  await client.createApp(appInputs(app), {});
  await client.untilKnown(app, {});
  secretsVersion = (await client.writeSecrets(app, { DATABASE_AUTH_TOKEN: TOKEN }, {})).version;
}

function news(more: Partial<MigratorInputs> = {}): MigratorInputs {
  return {
    ...{ tenant: "acme", app, dbId: "db-1", image: IMAGE, command: ["node", "/srv/migrate.cjs"], version: 1 },
    ...{ region: "iad", guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 }, env: { SCHEMA_VERSION: "1" } },
    ...{ secretsVersion, order: "schema-first", closed: false },
    ...more,
  };
}

const type = (halt = new SchemaHalt()) =>
  migratorType({ client, apps: new OwnApps(client, ORGANIZATION), halt, paceOf: () => Promise.resolve(undefined) });
const call = () => testCall();
const made = async () =>
  (await cloud.calls())
    .filter(({ operation }) => operation === "POST /v1/apps/{app}/machines")
    .reduce((sum, { count }) => sum + count, 0);
const oneOff = (more: Partial<OneOff> = {}): OneOff => {
  const { region, image, guest, env, command } = news();
  const owner = call().owner("acme");
  return {
    owner,
    app,
    region,
    image,
    guest,
    env,
    command,
    secrets: { version: secretsVersion },
    key: undefined,
    ...more,
  };
};

describe("an app's own migrator", () => {
  itIf(machinesRun, whyNoMachine)(
    "runs once with the app's secrets and its version, leaves no machine, and runs again only for another version, command or image",
    async () => {
      await newApp();
      const end = await runOnce(client, oneOff({ env: { SCHEMA_VERSION: "7" } }), {});
      expect(end).toMatchObject({ exitCode: 0, lastLines: `version 7 with a token of ${TOKEN.length}` });
      await cloud.forgetCalls();
      const migrator = type();
      const inputs = news();
      const { id, state } = await migrator.create(inputs, call());
      expect([id, new Date(state.finished).toISOString()]).toEqual([app, state.finished]);
      const known = { inputs, state };
      // What does not run it shows in no plan.
      const moved = news({
        env: { SCHEMA_VERSION: "1", MORE: "x" },
        secretsVersion: secretsVersion + 1,
        region: "fra",
      });
      const check = (next: MigratorInputs) => migrator.check?.(next, inputs, () => new Date());
      expect(check(moved)).toEqual(inputs);
      expect(await migrator.update?.(app, known, moved, call())).toEqual(state);
      expect(await made()).toBe(1);
      for (const more of [
        { version: 2 },
        { image: `${IMAGE.slice(0, -1)}2` },
        { command: ["node", "/srv/migrate.cjs", "0"] },
      ]) {
        const next = news(more);
        expect(check(next)).toEqual(next);
        await migrator.update?.(app, known, next, call());
      }
      expect(await made()).toBe(4);
      expect(await client.machineIds(app, {})).toEqual([]);
      expect(await migrator.read(app, known, call())).toEqual({ id: app, ...known });
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "that fails is a failure of its resource: exit code and last words are told, the token in them is not",
    async () => {
      await newApp();
      const failing = news({
        command: ["node", "/srv/migrate.cjs", "3"],
        env: { SCHEMA_VERSION: "1", WORDS: "cannot: TOKEN and TWICE" },
      });
      const halt = new SchemaHalt();
      for (let time = 0; time < 3; time += 1) {
        const error = await failure(type(halt).create(failing, call()));
        expect(error).toMatchObject({ code: schemaErrors.SCHEMA_MIGRATOR_FAILED.code });
        expect(error.message).toContain("exit code 3; its last lines:\nversion 1 with a token of");
        expect(error.message).toContain("cannot: *** and ******");
        expect(error.message).not.toContain(TOKEN);
      }
      // Counted as every migration that fails.
      expect(await failure(type(halt).create(news(), call()))).toMatchObject({ code: schemaErrors.SCHEMA_HALTED.code });
      expect(await client.machineIds(app, {})).toEqual([]);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "that is at work when its run is broken off goes on, and the next run waits for it instead of running it twice",
    async () => {
      await newApp();
      await cloud.forgetCalls();
      const broken = call();
      const slow = news({ env: { SCHEMA_VERSION: "1", MS: "4000" } });
      const first = type()
        .create(slow, broken)
        .catch(() => "broken off");
      for (;;) if ((await client.machineIds(app, {})).length > 0) break;
      broken.cancel();
      expect(await first).toBe("broken off");
      expect(await client.machineIds(app, {})).toHaveLength(1);
      const { state } = await type().create(slow, call());
      expect(state.finished).not.toBe("");
      expect([await made(), await client.machineIds(app, {})]).toEqual([1, []]);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "that has failed is run again at once, whatever Fly's lists still show of its machine",
    async () => {
      await cloud.allSwitches();
      await newApp();
      const command = ["node", "/srv/migrate.cjs"];
      const failing = news({ command, env: { SCHEMA_VERSION: "1", EXIT: "4" } });
      expect((await failure(type().create(failing, call()))).message).toContain("exit code 4");
      const { state } = await type().create(news({ command }), call());
      expect(state.finished).not.toBe("");
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "is not run where its tenant is closed or its version is 0, and keeps then what it was run with",
    async () => {
      await newApp();
      await cloud.forgetCalls();
      const migrator = type();
      const check = (next: MigratorInputs, olds?: MigratorInputs) => migrator.check?.(next, olds, () => new Date());
      const closed = news({ closed: true, version: 5 });
      expect(check(closed)).toEqual({ ...closed, version: 0 });
      expect(check(closed, news())).toEqual({ ...news(), closed: true });
      for (const inputs of [{ ...closed, version: 0 }, news({ version: 0 })])
        expect((await migrator.create(inputs, call())).state).toEqual({ finished: "" });
      expect(await made()).toBe(0);
    },
    SLOW,
  );
});

describe("a one-off machine with secrets of its own", () => {
  itIf(machinesRun, whyNoMachine)(
    "has these and no other: they are handed to it, and are in no config; what an earlier try has left goes",
    async () => {
      await newApp();
      const values = {
        DATABASE_AUTH_TOKEN: "the-token-of-a-clone",
        DATABASE_URL: "http://clone?authToken=the-token-of-a-clone",
      };
      const ended = { seen: "" };
      // As a run that is killed: nobody destroys its machine.
      const killed: FlyClient = {
        ...client,
        async exec(at, order, serving) {
          ended.seen = JSON.stringify((await client.machine(at, {}))?.config ?? "");
          return client.exec(at, order, serving);
        },
        destroyMachine: () => Promise.reject(new Error("killed")),
      };
      await runOnce(killed, oneOff({ secrets: { values } }), {});
      expect(ended.seen).toContain('"auto_destroy":true');
      expect(ended.seen).not.toContain("the-token-of-a-clone");
      expect(await client.machineIds(app, {})).toHaveLength(1);
      const end = await runOnce(
        client,
        oneOff({ secrets: { values }, env: { SCHEMA_VERSION: "2", WORDS: "TOKEN" } }),
        {},
      );
      expect(end.lastLines.split("\n")).toEqual(["version 2 with a token of 20", "***"]);
      // Its hash is that of the standard output alone.
      const quiet = await runOnce(client, oneOff({ secrets: { values }, env: { SCHEMA_VERSION: "2" } }), {});
      const other = await runOnce(client, oneOff({ secrets: { values }, env: { SCHEMA_VERSION: "3" } }), {});
      expect([quiet.digest === end.digest, other.digest === end.digest]).toEqual([true, false]);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "is waited for while Fly does not know it yet, and asked again where an answer was cut short",
    async () => {
      await newApp();
      await cloud.switches({ "fly.machineUnknownMs": 1500, "fly.affinity": "none" });
      const answers: string[] = [];
      const cutting: FlyClient = {
        ...client,
        async exec(at, order, serving) {
          const outcome = await client.exec(at, order, serving);
          if (outcome?.exitCode !== 0 || order.stdin !== undefined) return outcome;
          const stdout = outcome.stdout.slice(0, [0, 10, -1][answers.length]);
          answers.push(stdout);
          return { ...outcome, stdout };
        },
      };
      const values = { DATABASE_AUTH_TOKEN: "the-token-of-a-clone" };
      const end = await runOnce(cutting, oneOff({ secrets: { values }, env: { SCHEMA_VERSION: "7" } }), {});
      expect(end).toMatchObject({ exitCode: 0, lastLines: "version 7 with a token of 20" });
      expect(answers.slice(0, 2)).toEqual(["", "version 7 "]);
      expect(answers).toHaveLength(4);
    },
    SLOW,
  );

  it("that is a record is told as one: nothing has run", async () => {
    await newApp();
    const error = await failure(runOnce(client, oneOff({ image: "registry.example/unknown:1" }), {}));
    expect(error).toMatchObject({ code: schemaErrors.SCHEMA_MIGRATOR_RECORD.code });
    expect(await client.machineIds(app, {})).toEqual([]);
  }, 60_000);
});

describe("the key of a migrator's run", () => {
  it("is another for another database, image, command or version, and the same for all else", () => {
    const key = migratorKey(news());
    expect(migratorKey(news({ env: {}, region: "fra" }))).toBe(key);
    for (const more of [{ dbId: "db-2" }, { image: "x" }, { command: ["y"] }, { version: 9 }])
      expect(migratorKey(news(more))).not.toBe(key);
  });
});
