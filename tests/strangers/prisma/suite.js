// Prisma's own client, generated, against the embedded Turso. Prints `ok NAME` or `not ok NAME: why` for each check.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { PrismaLibSql } from "@prisma/adapter-libsql";

const { DATABASE_HOST: host, DATABASE_AUTH_TOKEN: authToken } = process.env;

// It generates in WebAssembly, and looks all the same for an engine for migrations, which no package registry has.
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
execFileSync(process.execPath, ["node_modules/prisma/build/index.js", "generate", "--schema", "schema.prisma"], {
  env,
});
const { PrismaClient } = await import("./generated/client.ts");
const prisma = new PrismaClient({
  adapter: new PrismaLibSql({ url: `http://${host}`, authToken, intMode: "bigint" }),
});
const email = "ada@example.com";

const checks = {
  "a schema by raw statements": async () => {
    await prisma.$executeRawUnsafe(`
      create table Account (id integer primary key autoincrement, email text not null unique, big bigint not null, blob blob,
        at datetime not null default current_timestamp, ratio real, meta jsonb)`);
    await prisma.$executeRawUnsafe(`
      create table Note (id integer primary key autoincrement, text text not null,
        ownerId integer not null references Account(id) on delete cascade)`);
  },
  "nested writes, large integers, bytes, JSON": async () => {
    const made = await prisma.account.create({
      data: {
        ...{ email, big: 9007199254740993n, blob: new Uint8Array([0, 1, 255]), ratio: 0.1, meta: { k: [1, null] } },
        notes: { create: [{ text: "one" }, { text: "two" }] },
      },
      include: { notes: true },
    });
    assert.equal(made.big, 9007199254740993n);
    assert.deepEqual([...made.blob], [0, 1, 255]);
    assert.deepEqual([made.ratio, made.meta, made.notes.length], [0.1, { k: [1, null] }, 2]);
  },
  "unique and foreign keys are kept": async () => {
    await assert.rejects(prisma.account.create({ data: { email, big: 1n } }), /UNIQUE/);
    await assert.rejects(prisma.note.create({ data: { text: "x", ownerId: 99 } }), /FOREIGN KEY/);
  },
  "a transaction that fails leaves nothing, and a batch is one": async () => {
    const { id: ownerId } = await prisma.account.findUniqueOrThrow({ where: { email } });
    const failing = prisma.$transaction(async (inside) => {
      await inside.note.create({ data: { text: "three", ownerId } });
      throw new Error("on purpose");
    });
    await assert.rejects(failing, /on purpose/);
    assert.equal(await prisma.note.count(), 2);
    await prisma.$transaction([
      prisma.note.create({ data: { text: "three", ownerId } }),
      prisma.note.updateMany({ where: { text: "one" }, data: { text: "uno" } }),
    ]);
    const some = { where: { owner: { is: { email } }, text: { contains: "o" } }, orderBy: { text: "asc" } };
    assert.deepEqual(
      (await prisma.note.findMany(some)).map(({ text }) => text),
      ["two", "uno"],
    );
  },
  "groups, upserts, cascades": async () => {
    const [{ _count }] = await prisma.note.groupBy({ by: ["ownerId"], _count: true });
    assert.equal(_count, 3);
    const data = { email, big: 1n };
    assert.equal((await prisma.account.upsert({ where: { email }, create: data, update: { ratio: 2.5 } })).ratio, 2.5);
    await prisma.account.delete({ where: { email } });
    assert.equal(await prisma.note.count(), 0);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${String(error).replaceAll("\n", " ").slice(0, 300)}`);
  }
}
await prisma.$disconnect();
