import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@libsql/client";

import { httpErrors } from "../../../provider/http/errors.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import { type DatabaseState, databaseType } from "../../../provider/turso/database.ts";
import { databaseTokenType, type TokenInputs } from "../../../provider/turso/database-token.ts";
import { tursoErrors } from "../../../provider/turso/errors.ts";
import { clockAt, testCall } from "../../support/call.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { databaseInputs, failureOf, stranger } from "./platform.ts";

const GROUP = "here";
const DAY_MS = 86_400_000;
let cloud: TestCloud;
let outside: ReturnType<typeof stranger>;
let databases: ReturnType<typeof databaseType>;
let type: ReturnType<typeof databaseTokenType>;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["turso"] });
  outside = stranger(cloud.descriptor.turso);
  const client = tursoClient(cloud.descriptor.turso);
  databases = databaseType(client);
  type = databaseTokenType(client);
  await outside.must("POST", "/groups", { name: GROUP, location: "aws-us-east-1" });
});
afterAll(() => cloud.dispose());
afterEach(() => cloud.faults());

async function madeDatabase(name: string) {
  const inputs = databaseInputs(name, GROUP);
  const { state } = await databases.create(inputs, testCall());
  return { inputs, state };
}

/** Inputs as a program gives them, checked as for a create. */
function inputsOf(database: string, { dbId }: DatabaseState, more: Partial<TokenInputs> = {}): TokenInputs {
  const given = type.inputs.parse({
    tenant: "acme",
    database,
    dbId,
    purpose: "machine",
    mode: "read-write",
    rotation: "30d",
    ...more,
  });
  return checked(given as unknown as TokenInputs);
}

function checked(news: TokenInputs, olds?: TokenInputs, clock = () => new Date()): TokenInputs {
  if (type.check === undefined) throw new Error("a token's age is derived in check");
  return type.check(news, olds, clock);
}

async function madeToken(database: string, state: DatabaseState, more: Partial<TokenInputs> = {}) {
  const inputs = inputsOf(database, state, more);
  const made = await type.create(inputs, testCall());
  return { id: made.id, known: { inputs, state: made.state } };
}

/** Runs one statement with a token; answers its rows, or the status it was refused with. */
async function query({ hostname }: DatabaseState, authToken: string, sql: string): Promise<unknown> {
  const client = createClient({ url: libsqlUrl(cloud.descriptor.turso.endpoint, hostname), authToken });
  try {
    return (await client.execute(sql)).rows.map((row) => Object.values(row));
  } catch (error) {
    return refusal(error);
  } finally {
    client.close();
  }
}

function refusal(error: unknown): unknown {
  const { cause, code } = error as { cause?: { status?: number }; code?: string };
  return cause?.status ?? code ?? error;
}

describe("a Turso database token", () => {
  it("opens its database for reading and writing", async () => {
    const { state } = await madeDatabase("open");
    const { id, known } = await madeToken("open", state);
    const { token } = known.state;
    expect(await query(state, token, "create table notes (text)")).toEqual([]);
    expect(await query(state, token, "insert into notes values ('hello')")).toEqual([]);
    expect(await query(state, token, "select text from notes")).toEqual([["hello"]]);
    expect(id).toBe(`open/machine/${known.inputs.issued ?? ""}`);
    expect(id).not.toContain(token);
  });

  it("opens it for reading only when that is declared", async () => {
    const { state } = await madeDatabase("quiet");
    const { known } = await madeToken("quiet", state, { mode: "read-only", purpose: "reader" });
    expect(await query(state, known.state.token, "select 1")).toEqual([[1]]);
    expect(await query(state, known.state.token, "create table t (x)")).toBe(403);
  });

  it("opens no other database", async () => {
    const [one, other] = await Promise.all([madeDatabase("one"), madeDatabase("other")]);
    const { known } = await madeToken("one", one.state);
    expect(await query(other.state, known.state.token, "select 1")).toBe(401);
  });

  it("ends by itself, its rotation and the overlap after it was minted", async () => {
    const { state } = await madeDatabase("ending");
    const before = Date.now();
    const { known } = await madeToken("ending", state);
    const days = (Date.parse(known.state.expiresAt) - before) / DAY_MS;
    expect(days).toBeGreaterThan(44.99);
    expect(days).toBeLessThan(45.01);
    const claims = JSON.parse(Buffer.from(known.state.token.split(".")[1] ?? "", "base64url").toString()) as object;
    expect(claims).toMatchObject({ exp: Date.parse(known.state.expiresAt) / 1000 });
  });

  it("is not made for a database that has become another one, or is gone", async () => {
    const { state } = await madeDatabase("swapped");
    const inputs = inputsOf("swapped", state);
    await outside.destroy("swapped");
    await expect(type.create(inputs, testCall())).rejects.toMatchObject({ kind: httpErrors.VENDOR_FAILED });
    await outside.must("POST", "/databases", { name: "swapped", group: GROUP });
    await expect(type.create(inputs, testCall())).rejects.toMatchObject({
      kind: tursoErrors.TURSO_TOKEN_OTHER_DATABASE,
    });
  });

  it("is minted although Turso's answer is lost once", async () => {
    const { state } = await madeDatabase("lost");
    await cloud.faults({ operation: "auth/tokens$", kind: "reset", when: "after", times: 1 });
    const { known } = await madeToken("lost", state);
    expect(await query(state, known.state.token, "select 1")).toEqual([[1]]);
  });

  it("is deleted without a call, and works until it ends", async () => {
    const { state } = await madeDatabase("kept");
    const { id, known } = await madeToken("kept", state);
    await cloud.forgetCalls();
    await type.delete(id, known, testCall());
    expect(await cloud.calls()).toEqual([]);
    expect(await query(state, known.state.token, "select 1")).toEqual([[1]]);
  });

  it("dies at once, with all others of its database, when the database's epoch is raised", async () => {
    const database = await madeDatabase("incident");
    const old = await madeToken("incident", database.state);
    await databases.update?.("incident", database, { ...database.inputs, tokenEpoch: 2 }, testCall());
    expect(await query(database.state, old.known.state.token, "select 1")).toBe(401);
    const fresh = await madeToken("incident", database.state, { epoch: 2 });
    expect(await query(database.state, fresh.known.state.token, "select 1")).toEqual([[1]]);
  });
});

describe("the age of a Turso database token", () => {
  const start = "2026-01-01T00:00:00Z";
  const given = () => inputsOf("any", { dbId: "1", hostname: "any" });

  it("leaves the token alone until its rotation is reached, and replaces it then", () => {
    const time = clockAt(start);
    const first = checked(given(), undefined, time.clock);
    expect(first.issued).toBe(start);
    time.advance(29 * DAY_MS);
    expect(checked(given(), first, time.clock)).toEqual(first);
    time.advance(DAY_MS);
    expect(checked(given(), first, time.clock).issued).toBe("2026-01-31T00:00:00Z");
    expect(type.replaceOn).toContain("issued");
    expect(type.deleteBeforeReplace).not.toBe(true);
  });

  it("cannot be set by a program", () => {
    expect(checked({ ...given(), issued: "2099-01-01T00:00:00Z" }, undefined, clockAt(start).clock).issued).toBe(start);
  });

  it("decides nothing in a preview that does not know the rotation yet", () => {
    const first = checked(given(), undefined, clockAt(start).clock);
    const unknown = { ...given(), rotation: Unknown.value as unknown as string };
    expect(checked(unknown, first, clockAt("2030-01-01T00:00:00Z").clock).issued).toBe(start);
  });

  it("is replaced by every input, so that it is never half changed", () => {
    expect([...type.replaceOn].sort()).toEqual(Object.keys(type.inputs.shape).sort());
    expect(type.update).toBeUndefined();
  });
});

describe("reading a Turso database token", () => {
  it("finds it as it is while its database takes it", async () => {
    const { state } = await madeDatabase("alive");
    const { id, known } = await madeToken("alive", state);
    expect(await type.read(id, known, testCall())).toEqual({ id, ...known });
  });

  it.each([
    ["was revoked", (name: string) => outside.must("POST", `/databases/${name}/auth/rotate`)],
    ["belongs to a database that is gone", (name: string) => outside.destroy(name)],
    [
      "belongs to a database that was made anew",
      async (name: string) => {
        await outside.destroy(name);
        await outside.must("POST", "/databases", { name, group: GROUP });
      },
    ],
  ])("finds it gone when it %s", async (title, happen) => {
    const name = title.replaceAll(/\W+/g, "-");
    const { state } = await madeDatabase(name);
    const { id, known } = await madeToken(name, state);
    await happen(name);
    expect(await type.read(id, known, testCall())).toBeUndefined();
  });

  it.each([
    ["database", true],
    ["group", false],
  ])(
    "finds a neighbour's gone, to be minted anew, only where Turso rotates a whole group: %s",
    async (whose, stays) => {
      const names = [`rotated-${whose}`, `beside-${whose}`] as const;
      const [rotated, beside] = await Promise.all([madeDatabase(names[0]), madeDatabase(names[1])]);
      const { id, known } = await madeToken(names[1], beside.state);
      await cloud.switches({ "turso.rotation": whose });
      await databases.update?.(names[0], rotated, { ...rotated.inputs, tokenEpoch: 2 }, testCall());
      await cloud.resetSwitches();
      expect((await type.read(id, known, testCall())) !== undefined).toBe(stays);
      expect(
        await query(beside.state, (await madeToken(names[1], beside.state)).known.state.token, "select 1"),
      ).toEqual([[1]]);
    },
  );

  it("finds it gone when its time is over, without asking", async () => {
    const { state } = await madeDatabase("over");
    const { id, known } = await madeToken("over", state);
    await cloud.forgetCalls();
    const { clock } = clockAt(new Date(Date.parse(known.state.expiresAt) + 1).toISOString());
    expect(await type.read(id, known, testCall({ clock }))).toBeUndefined();
    expect(await cloud.calls()).toEqual([]);
  });

  it("finds it unchanged while it cannot know: reads blocked, address not allowed", async () => {
    const { state } = await madeDatabase("unclear");
    const { id, known } = await madeToken("unclear", state);
    await outside.must("PATCH", "/databases/unclear/configuration", { block_reads: true });
    expect(await type.read(id, known, testCall())).toEqual({ id, ...known });
    await outside.must("PATCH", "/databases/unclear/configuration", { allowed_ips: ["10.0.0.1"] });
    expect(await type.read(id, known, testCall())).toEqual({ id, ...known });
  });

  it("finds it unchanged while its database does not answer, and says that nothing was seen", async () => {
    const known = {
      inputs: inputsOf("away", { dbId: "1", hostname: "" }),
      state: { token: "secret", expiresAt: "2999-01-01T00:00:00.000Z" },
    };
    const client = tursoClient(cloud.descriptor.turso);
    const away = databaseTokenType({
      ...client,
      database: () => Promise.resolve({ name: "away", dbId: "1", hostname: "127.0.0.1:1", group: GROUP }),
    });
    const call = testCall();
    expect(await away.read("away/machine/now", known, call)).toEqual({ id: "away/machine/now", ...known });
    expect(call.lines).toEqual([
      { severity: "warning", line: expect.stringContaining("database away does not answer") },
    ]);
  });

  it("fails, and does not call it gone, while the platform fails", async () => {
    const { state } = await madeDatabase("failing");
    const { id, known } = await madeToken("failing", state);
    await cloud.faults({ operation: "^GET ", kind: "error", status: 400 });
    const failure = await failureOf(type.read(id, known, testCall()));
    expect(failure).toMatchObject({ kind: httpErrors.VENDOR_FAILED });
    expect(String(failure)).not.toContain(known.state.token);
  });

  it("is refused for an import, which says what happens instead", async () => {
    const failure = await failureOf(type.read("open/machine/now", undefined, testCall()));
    expect(failure).toMatchObject({ kind: tursoErrors.TURSO_TOKEN_IMPORT });
    expect(String(failure)).toContain("creates a new one");
  });
});
