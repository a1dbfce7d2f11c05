import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { type FlyCloud, type Machine, SMALL, startFly } from "./fly-cloud.ts";

interface Secret {
  readonly name: string;
  readonly digest: string;
  readonly created_at: string;
  readonly updated_at: string;
}
interface Written {
  readonly version: number;
  readonly secrets: Secret[];
}

let fly: FlyCloud;
beforeAll(async () => (fly = await startFly()));
afterAll(() => fly.dispose());

const list = async (app: string, query = "") =>
  (await fly.ask<{ secrets: Secret[] }>("GET", `/apps/${app}/secrets${query}`)).body.secrets;
const write = async (app: string, values: Record<string, string | null>) =>
  (await fly.ask<Written>("POST", `/apps/${app}/secrets`, { values })).body;

describe("secrets", () => {
  it("are set and unset in one call; the version grows with writes and only writes tell it", async () => {
    await fly.createApp("bulk");
    expect(await write("bulk", { A: "1", B: "2" })).toMatchObject({ version: 1 });
    expect(await write("bulk", { A: null, C: "3" })).toMatchObject({ version: 2, secrets: [{ name: "C" }] });
    expect((await list("bulk")).map(({ name }) => name)).toEqual(["B", "C"]);
    const single = await fly.ask<Secret & { version: number }>("POST", "/apps/bulk/secrets/D", { value: "4" });
    expect(single).toMatchObject({ status: 201, body: { name: "D", version: 3 } });
    expect(await fly.ask("DELETE", "/apps/bulk/secrets/D")).toMatchObject({ status: 200, body: { version: 4 } });
    expect((await fly.ask("GET", "/apps/bulk/secrets/D")).status).toBe(404);
    const read = await fly.ask<object>("GET", "/apps/bulk/secrets");
    expect(JSON.stringify(read.body)).not.toMatch(/version/i);
  });

  it("tell their version to who unsets a name that is not there, as flyctl does", async () => {
    await fly.createApp("bogus");
    await write("bogus", { A: "1" });
    expect(await write("bogus", { BogusDummySecret_1: null })).toMatchObject({ version: 2, secrets: [] });
    expect(await list("bogus")).toHaveLength(1);
  });

  it("show a digest that tells values apart and is not computed from the value alone", async () => {
    await fly.createApp("digest");
    await fly.createApp("digest-2");
    const [first] = (await write("digest", { A: "value" })).secrets;
    expect(await list("digest")).toMatchObject([{ name: "A", digest: first?.digest }]);
    expect((await write("digest", { A: "value" })).secrets[0]?.digest).toBe(first?.digest);
    expect((await write("digest", { A: "other" })).secrets[0]?.digest).not.toBe(first?.digest);
    expect((await write("digest-2", { A: "value" })).secrets[0]?.digest).not.toBe(first?.digest);
    for (const algorithm of ["md5", "sha1", "sha256"]) {
      const computed = createHash(algorithm).update("value").digest("hex");
      expect(computed.startsWith(first?.digest ?? "")).toBe(false);
    }
  });

  it("never give their value out, and lie on no disk in clear", async () => {
    const secret = "planted-7f3a9c-secret";
    await fly.createApp("sealed");
    await write("sealed", { PLANTED: secret });
    const machine = await fly.createMachine("sealed");
    const answers = [
      await fly.ask<unknown>("GET", "/apps/sealed/secrets?show_secrets=true"),
      await fly.ask<unknown>("GET", "/apps/sealed/secrets/PLANTED?show_secrets=true"),
      await fly.ask<unknown>("GET", `/apps/sealed/machines/${machine.id}`),
    ];
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret);
    await fly.cloud.halt();
    const files = readdirSync(fly.cloud.home, { recursive: true, encoding: "utf8" }).map((name) =>
      join(fly.cloud.home, name),
    );
    for (const file of files.filter((name) => statSync(name).isFile())) {
      expect([file, readFileSync(file).includes(secret)]).toEqual([file, false]);
    }
    const keys = files.filter((name) => name.endsWith("keys.json"));
    expect(keys.map((name) => statSync(name).mode & 0o777)).toEqual([0o600]);
    await fly.cloud.restart();
    expect(await list("sealed")).toHaveLength(1);
  });

  it.each([["a-b"], ["1A"], ["A B"], [""]])(
    "are refused under the name %j, and nothing of the call is done",
    async (name) => {
      const app = `names-${Buffer.from(name).toString("hex")}0`;
      await fly.createApp(app);
      const answer = await fly.ask("POST", `/apps/${app}/secrets`, { values: { GOOD: "1", [name]: "2" } });
      expect(answer.status).toBe(400);
      expect(await list(app)).toEqual([]);
    },
  );

  it("are refused without values", async () => {
    await fly.createApp("empty");
    expect((await fly.ask("POST", "/apps/empty/secrets", {})).status).toBe(400);
    expect((await fly.ask("POST", "/apps/empty/secrets/A", { value: 1 })).status).toBe(400);
  });
});

describe("a machine that asks for a version of the secrets", () => {
  it("is made when it has been written, and refused before", async () => {
    await fly.createApp("fenced");
    const create = (min: number) =>
      fly.ask<Machine>("POST", "/apps/fenced/machines", { region: "iad", config: SMALL, min_secrets_version: min });
    expect((await create(1)).status).toBe(412);
    await write("fenced", { A: "1" });
    const created = await create(1);
    expect(created.status).toBe(200);
    const update = (min: number) =>
      fly.ask("POST", `/apps/fenced/machines/${created.body.id}`, { config: SMALL, min_secrets_version: min });
    expect((await update(2)).status).toBe(412);
    await write("fenced", { A: "2" });
    expect((await update(2)).status).toBe(200);
    expect((await fly.ask("GET", "/apps/fenced/secrets?min_version=3")).status).toBe(412);
    expect((await fly.ask("GET", "/apps/fenced/secrets?min_version=2")).status).toBe(200);
  });
});
