// npm's clients against the embedded Tigris and Turso. Prints `ok NAME` or `not ok NAME: why` for each check.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { createClient } from "@libsql/client";
import { LibsqlDialect } from "@libsql/kysely-libsql";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createAccessKey, listAccessKeys, removeAccessKey } from "@tigrisdata/iam";
import { createBucket, get, list, put, remove, removeBucket } from "@tigrisdata/storage";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { Kysely } from "kysely";

const { DATABASE_HOST: host, DATABASE_AUTH_TOKEN: authToken, AWS_ENDPOINT_URL_IAM: iamEndpoint } = process.env;
const url = `http://${host}`;
const bucket = "strangers-npm";
const notes = sqliteTable("notes", { id: integer().primaryKey(), text: text().notNull() });
const db = drizzle(createClient({ url, authToken }));

const dataOf = ({ data, error }) => {
  if (error !== undefined) throw error;
  return data;
};
const tigris = (...args) =>
  execFileSync("node_modules/.bin/tigris", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const checks = {
  "libsql: batch": async () => {
    const client = createClient({ url, authToken });
    await client.batch(["create table b (x)", "insert into b values (1), (2)"], "write");
    assert.equal((await client.execute("select count(*) n from b")).rows[0].n, 2);
  },
  "libsql: transaction over a WebSocket": async () => {
    const client = createClient({ url: `ws://${host}`, authToken });
    const transaction = await client.transaction("write");
    await transaction.execute("insert into b values (3)");
    await transaction.rollback();
    assert.equal((await client.execute("select count(*) n from b")).rows[0].n, 2);
    client.close();
  },
  "drizzle: insert, returning, where": async () => {
    await db.run(sql`create table notes (id integer primary key, text text not null)`);
    assert.deepEqual(await db.insert(notes).values({ text: "one" }).returning(), [{ id: 1, text: "one" }]);
    assert.deepEqual(await db.select().from(notes).where(eq(notes.text, "one")), [{ id: 1, text: "one" }]);
  },
  "drizzle: a transaction that fails leaves nothing": async () => {
    const failing = db.transaction(async (inside) => {
      await inside.insert(notes).values({ text: "two" });
      inside.rollback();
    });
    await assert.rejects(failing);
    assert.equal((await db.select().from(notes)).length, 1);
  },
  "kysely: insert and select": async () => {
    const kysely = new Kysely({ dialect: new LibsqlDialect({ url, authToken }) });
    await kysely.insertInto("notes").values({ text: "three" }).execute();
    const rows = await kysely.selectFrom("notes").select("text").orderBy("id").execute();
    assert.deepEqual(
      rows.map((row) => row.text),
      ["one", "three"],
    );
    await kysely.destroy();
  },
  "prisma's adapter: a script, arguments, a transaction that is rolled back": async () => {
    const adapter = await new PrismaLibSql({ url, authToken }).connect();
    await adapter.executeScript("create table p (id integer primary key, text text); insert into p values (1, 'one')");
    const count = async () => {
      const argTypes = [{ scalarType: "int", arity: "scalar" }];
      return (await adapter.queryRaw({ sql: "select text from p where id >= ?", args: [1], argTypes })).rows.length;
    };
    const transaction = await adapter.startTransaction();
    await transaction.executeRaw({ sql: "insert into p values (2, 'two')", args: [], argTypes: [] });
    await transaction.rollback();
    assert.equal(await count(), 1);
    await adapter.dispose();
  },
  "storage: a bucket and its objects": async () => {
    dataOf(await createBucket(bucket, {}));
    const config = { bucket };
    dataOf(await put("a/b.txt", "hello", { config }));
    assert.equal(dataOf(await get("a/b.txt", "string", { config })), "hello");
    assert.deepEqual(
      dataOf(await list({ config })).items.map(({ name }) => name),
      ["a/b.txt"],
    );
    dataOf(await remove("a/b.txt", { config }));
  },
  "iam: a key comes and goes": async () => {
    const config = { iamEndpoint };
    const { id } = dataOf(await createAccessKey("strangers", { config }));
    assert.ok(dataOf(await listAccessKeys({ config })).accessKeys.some((key) => key.id === id));
    dataOf(await removeAccessKey(id, { config }));
  },
  "tigris cli: copy, list, move, remove": () => {
    writeFileSync("file.txt", "hello");
    tigris("cp", "file.txt", `t3://${bucket}/one.txt`);
    tigris("mv", `t3://${bucket}/one.txt`, `t3://${bucket}/two.txt`, "-f");
    const listed = tigris("ls", `t3://${bucket}/`);
    assert.deepEqual([listed.includes("two.txt"), listed.includes("one.txt")], [true, false]);
    tigris("rm", `t3://${bucket}/two.txt`, "-f");
  },
  "storage: an empty bucket goes": async () => {
    dataOf(await removeBucket(bucket, {}));
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    const said = String(error.stderr || error.message || error).trim();
    console.log(`not ok ${name}: ${said.split("\n")[0]}`);
  }
}
process.exit(0);
