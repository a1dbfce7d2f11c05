// What tenantry relies on at Turso, whatever else its documents leave open.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";

import { until } from "../../operations/canary/room.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import { databaseTokenType } from "../../provider/turso/database-token.ts";
import { databaseType } from "../../provider/turso/database.ts";
import { tursoErrors } from "../../provider/turso/errors.ts";
import { groupType } from "../../provider/turso/group.ts";
import { claimsThatSay } from "../support/call.ts";
import { CASE_LIMIT_MS, declared, type ScratchTenants, madeAndRead } from "./scratch-tenants.ts";

const LOCATION = "aws-us-east-1";

/** The cases about Turso. @param at the ground that is open by the time they run */
export function tursoCases(at: () => ScratchTenants): void {
  let scratch: ScratchTenants;
  let groups: ReturnType<typeof groupType>;
  let databases: ReturnType<typeof databaseType>;
  let tokens: ReturnType<typeof databaseTokenType>;
  let group: string;
  const clients: Client[] = [];
  beforeAll(async () => {
    scratch = at();
    const { turso } = scratch.room;
    [groups, databases, tokens] = [groupType(turso), databaseType(turso), databaseTokenType(turso)];
    group = scratch.name("group");
    const inputs = { name: group, location: LOCATION, deleteProtection: false };
    const { observed } = await madeAndRead(scratch, groups, inputs);
    expect(observed?.inputs).toEqual(inputs);
  }, CASE_LIMIT_MS);
  afterAll(() => {
    for (const client of clients) client.close();
  });

  const call = (held: "by-us" | "by-nobody" = "by-us") => scratch.call({ claims: claimsThatSay({ held }) });
  const databaseOf = (letter: string, more: object = {}) =>
    madeAndRead(scratch, databases, {
      tenant: scratch.tenant,
      claim: "bucket",
      name: scratch.name("database", letter),
      group,
      ...more,
    });
  const opened = ({ hostname }: { hostname: string }, authToken: string) => {
    const client = createClient({ url: libsqlUrl(scratch.room.accounts.turso.endpoint, hostname), authToken });
    clients.push(client);
    return client;
  };
  const tokenOf = async (made: Awaited<ReturnType<typeof databaseOf>>, mode = "read-write") => {
    const { inputs, state } = made.known;
    const purpose = mode === "read-write" ? "machine" : "reader";
    const given = { tenant: scratch.tenant, database: inputs.name, dbId: state.dbId, purpose, mode, rotation: "30d" };
    const token = await madeAndRead(scratch, tokens, given);
    scratch.room.secrets.add(token.known.state.token);
    return { ...token, client: opened(state, token.known.state.token) };
  };
  const soon = (what: string, ask: () => Promise<boolean>) =>
    until(scratch.room, what, async () => ((await ask()) ? true : undefined));
  const works = (client: Client, sql: string) =>
    client.execute(sql).then(
      () => true,
      () => false,
    );

  it(
    "shows a new database as it was declared, and then as it was changed",
    async () => {
      const { id, known, observed } = await databaseOf("a");
      expect(observed).toEqual({ id, ...known });
      const news = declared(databases, { ...known.inputs, deleteProtection: false, allowedIps: ["10.0.0.0/8"] });
      await databases.update?.(id, known, news, call());
      expect((await databases.read(id, known, call()))?.inputs).toEqual(news);
    },
    CASE_LIMIT_MS,
  );

  it(
    "tells a name that is taken, so that only its owner takes it over",
    async () => {
      const { id, known } = await databaseOf("b");
      expect(await databases.create(known.inputs, call())).toEqual({ id, state: known.state });
      const stranger = databases.create(known.inputs, call("by-nobody"));
      await expect(stranger).rejects.toMatchObject({ kind: tursoErrors.TURSO_NAME_TAKEN });
    },
    CASE_LIMIT_MS,
  );

  it(
    "deletes no database that is protected, and then deletes it",
    async () => {
      const { id, known } = await databaseOf("c");
      await expect(scratch.room.turso.deleteDatabase(id, scratch.room)).rejects.toThrow();
      const open = declared(databases, { ...known.inputs, deleteProtection: false });
      const state = (await databases.update?.(id, known, open, call())) ?? known.state;
      await databases.delete(id, { inputs: open, state }, call());
      expect(await databases.read(id, known, call())).toBeUndefined();
    },
    CASE_LIMIT_MS,
  );

  it(
    "has transactions, batches, large integers and FTS5 behind a token",
    async () => {
      const { client } = await tokenOf(await databaseOf("d"));
      await soon("the token's first statement", () => works(client, "create table notes (id integer, text)"));
      await client.batch(["insert into notes values (1, 'one')", "insert into notes values (2, 'two')"], "write");
      const transaction = await client.transaction("write");
      await transaction.execute("insert into notes values (3, 'three')");
      await transaction.rollback();
      expect((await client.execute("select count(*) as n from notes")).rows[0]?.["n"]).toBe(2);
      await client.execute("create virtual table found using fts5(text)");
      await client.execute({ sql: "insert into found values (?)", args: ["a word among others"] });
      const found = await client.execute({ sql: "select text from found where found match ?", args: ["word"] });
      expect(found.rows.map(({ text }) => text)).toEqual(["a word among others"]);
      const refused = client.batch(["insert into notes values (4, 'four')", "insert into nowhere values (1)"], "write");
      await expect(refused).rejects.toThrow();
      expect((await client.execute("select max(id) as last from notes")).rows[0]?.["last"]).toBe(2);
    },
    CASE_LIMIT_MS,
  );

  it(
    "refuses a write to a token that may only read, and everything to another database's token",
    async () => {
      const [mine, other] = [await databaseOf("e"), await databaseOf("f")];
      const writer = (await tokenOf(mine)).client;
      await soon("the token's first statement", () => works(writer, "create table t (x)"));
      const reader = (await tokenOf(mine, "read-only")).client;
      await soon("the reader's first statement", () => works(reader, "select * from t"));
      expect(await works(reader, "insert into t values (1)")).toBe(false);
      const foreign = await tokenOf(other);
      await soon("the other token's first statement", () => works(foreign.client, "select 1"));
      expect(await works(opened(mine.known.state, foreign.known.state.token), "select * from t")).toBe(false);
      expect((await writer.execute("select count(*) as n from t")).rows[0]?.["n"]).toBe(0);
    },
    CASE_LIMIT_MS,
  );

  it(
    "stops reads and writes of a suspended database, and lets them go on afterwards",
    async () => {
      const made = await databaseOf("g");
      const { client } = await tokenOf(made);
      await soon("the token's first statement", () => works(client, "create table t (x)"));
      const { id, known } = made;
      const suspended = declared(databases, { ...known.inputs, blockReads: true, blockWrites: true });
      await databases.update?.(id, known, suspended, call());
      await soon("a refused read", async () => !(await works(client, "select * from t")));
      expect(await works(client, "insert into t values (1)")).toBe(false);
      await databases.update?.(id, { inputs: suspended, state: known.state }, known.inputs, call());
      await soon("a read", () => works(client, "select * from t"));
      await soon("a write", () => works(client, "insert into t values (1)"));
    },
    CASE_LIMIT_MS,
  );
}
