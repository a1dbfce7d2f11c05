import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { createClient, type InStatement } from "@libsql/client";
import * as hrana from "@libsql/hrana-client";

import { Database } from "../container/app/index/database.ts";
import { keptConnections } from "../container/app/index/kept-connections.ts";
import { asOneValue, listQuery, NoteIndex, type Query, searchQuery } from "../container/app/index/note-index.ts";
import { openReplicaFile } from "../container/app/index/replica-file.ts";
import { parseSearchQuery } from "../container/app/index/search-query.ts";
import type { NoteId } from "../container/app/notes/note-id.ts";
import { quantile } from "../operations/engine/quantile.ts";
import { loaded } from "../operations/gates/load.ts";
import { type Engine, sqld, sqlite } from "../tests/container/app/engines.ts";
import { startTurso } from "../tests/local/turso/turso-cloud.ts";

/**
 * `node bench/database-levers.ts [--notes 300] [--count 300] [--rounds 3]`: milliseconds (p50, p95) and this process' processor
 * time of the reference app's statements by each way to its index, in turn in one run, at 1 and 10 users, without a network and
 * with one; then of lists and searches of the app itself, on a plain directory.
 */
const { values } = parseArgs({
  options: {
    notes: { type: "string", default: "300" },
    count: { type: "string", default: "300" },
    rounds: { type: "string", default: "3" },
  },
});
const [notes, count, rounds] = [values.notes, values.count, values.rounds].map(Number) as [number, number, number];

type Rows = readonly unknown[];
interface Way {
  rows(statement: InStatement): Promise<Rows>;
  close(): unknown;
}

const query = parseSearchQuery("quince");
if (query === undefined) throw new Error("nothing to look for");
const STATEMENTS = {
  list: listQuery({ after: "", limit: 51 }),
  search: searchQuery({ query, limit: 21, offset: 0 }),
  nothing: { columns: ["one"], sql: "SELECT 1 AS one", args: [] },
} as const satisfies Readonly<Record<string, Query>>;

const turso = await startTurso();
const folder = mkdtempSync(join(tmpdir(), "tenantry-levers-"));
const { Hostname: host } = await turso.create("levers");
const token = await turso.mint("levers");
const file = join(folder, "index.db");
for (const address of [
  { kind: "libsql", url: `http://${host}`, token },
  { kind: "file", path: file },
] as const) {
  const database = new Database(address, 60_000);
  const index = new NoteIndex(database);
  await index.prepare();
  await index.put(...Array.from({ length: notes }, (_, number) => noteOf(number)));
  database.close();
}

const client = (url: string, more: object = {}): Way => {
  const opened = createClient({ url, authToken: token, ...more });
  return { rows: async (statement) => (await opened.execute(statement)).rows, close: () => opened.close() };
};
const byNodeHttp = client(`http://${host}`, { fetch: keptConnections(60_000) });
const shipped = new Database({ kind: "libsql", url: `http://${host}`, token }, 60_000);
const replica = await openReplicaFile({ path: join(folder, "replica.db"), url: `http://${host}`, token });
await replica.sync();
const ways: Readonly<Record<string, Way>> = {
  "SQLite file": client(`file:${file}`, { concurrency: 1 }),
  "HTTP, fetch": client(`http://${host}`),
  "HTTP, node:http": byNodeHttp,
  "HTTP, node:http, one JSON value": {
    rows: (query) => byNodeHttp.rows(asOneValue(query as Query)),
    close: () => undefined,
  },
  "HTTP, node:http, one JSON value, asked together": {
    rows: (query) => shipped.read(asOneValue(query as Query)),
    close: () => shipped.close(),
  },
  WebSocket: client(`ws://${host}`),
  "WebSocket, streams kept": kept(hrana.openWs(`ws://${host}`, token)),
  "HTTP, node:http, streams kept": kept(hrana.openHttp(`http://${host}`, token, keptConnections(60_000))),
  replica,
};

const found = new Map<string, number[]>();
const cpu = new Map<string, number[]>();
for (const network of ["none", "same-region"]) {
  await turso.cloud.switches({ "turso.network": network });
  for (let round = 0; round < rounds; round += 1) {
    for (const users of [1, 10]) {
      for (const [what, statement] of Object.entries(STATEMENTS)) {
        for (const [name, way] of Object.entries(ways)) {
          if (what === "nothing" && name.includes("JSON")) continue;
          const key = [network, users, what, name].join(" | ");
          const before = process.cpuUsage();
          const ms = await timed(users, () => way.rows(statement));
          const { user, system } = process.cpuUsage(before);
          found.set(key, [...(found.get(key) ?? []), ...ms]);
          cpu.set(key, [...(cpu.get(key) ?? []), (user + system) / 1000 / ms.length]);
        }
      }
    }
  }
}
for (const [key, ms] of await throughTheApp()) found.set(key, ms);
for (const [key, ms] of found) {
  const [p50, p95] = [0.5, 0.95].map((share) => quantile(ms, share).toFixed(2));
  console.log(`${key} | ${p50} | ${p95} | ${quantile(cpu.get(key) ?? [], 0.5).toFixed(2)}`);
}
console.error(JSON.stringify({ notes, count, rounds, cores: cpus().length, node: process.version }));
for (const way of Object.values(ways)) await way.close();
await turso.dispose();
rmSync(folder, { recursive: true });
process.exit(0);

async function timed(users: number, work: () => Promise<unknown>): Promise<number[]> {
  const ms: number[] = [];
  let left = count;
  await Promise.all(
    Array.from({ length: users }, async () => {
      while ((left -= 1) >= 0) {
        const began = performance.now();
        await work();
        ms.push(performance.now() - began);
      }
    }),
  );
  return ms;
}

function noteOf(number: number) {
  const text = `zebra quince ${number} `.repeat(60);
  const note = { title: `Note ${number}`, text, tags: ["a", "b"], created: "2026-01-01", updated: "2026-01-01" };
  return { id: `note-${number}` as NoteId, note, etag: "e".repeat(64), bytes: text.length, mtime: "1", checked: 1 };
}

/** Streams that stay open, each with a connection of the server's to the database: four, taken in turn. */
function kept(over: hrana.Client): Way {
  const streams = Array.from({ length: 4 }, (): { stream: hrana.Stream; last: Promise<unknown> } => ({
    stream: over.openStream(),
    last: Promise.resolve(),
  }));
  let next = 0;
  return {
    async rows(statement) {
      const one = streams[(next += 1) % streams.length];
      if (one === undefined) throw new Error("no stream");
      const { sql, args } = typeof statement === "string" ? { sql: statement, args: [] } : statement;
      const ask = () => one.stream.query([sql, args as hrana.InValue[]]);
      // The server closes a stream that was idle for 10 s.
      const again = () => {
        one.stream = over.openStream();
        return ask();
      };
      const asked = one.last.then(() => (one.stream.closed ? again() : ask().catch(again)));
      one.last = asked.catch(() => undefined);
      return (await asked).rows;
    },
    close: () => over.close(),
  };
}

/** The app as a process with each kind of index: a list and a search of its own, in turn. */
async function throughTheApp(): Promise<Map<string, number[]>> {
  const [files, servers] = [await sqlite(), await sqld()];
  try {
    const at = async (engine: Engine, env = {}) => (await engine.place()).start(env);
    const apps = {
      "app, SQLite file": await at(files),
      "app, libSQL": await at(servers),
      "app, libSQL, replica": await at(servers, { INDEX_REPLICA: folder }),
    };
    const signal = AbortSignal.timeout(600_000);
    await servers.turso.cloud.switches({ "turso.network": "same-region" });
    const all = new Map<string, number[]>();
    for (const { url } of Object.values(apps))
      await loaded(url, { users: 10, count: 100, label: "n", signal }, ["write"]);
    for (let round = 0; round < rounds; round += 1) {
      for (const users of [1, 10]) {
        for (const [name, { url }] of Object.entries(apps)) {
          const of = await loaded(url, { users, count: 100, label: "n", signal }, ["list", "search", "update"]);
          for (const request of ["update", "list", "search"] as const) {
            const key = ["same-region", users, request, name].join(" | ");
            all.set(key, [...(all.get(key) ?? []), ...of[request].ms]);
          }
        }
      }
    }
    return all;
  } finally {
    await files.dispose();
    await servers.dispose();
  }
}
