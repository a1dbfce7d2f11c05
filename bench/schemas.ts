import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { inLanes } from "../operations/engine/lanes.ts";
import { bringForward } from "../operations/schema/bring.ts";
import { rehearse } from "../operations/schema/rehearse.ts";
import { openSchemaRoom } from "../tests/provider/turso/schema-room.ts";

/**
 * `node bench/schemas.ts [--tenants 200] [--rows 1000] [--share 0.4]`: how long migrations take over so many databases, Turso in the
 * same region: reading all ledgers, finding on clones one that fails on a share of them, and bringing all forward by one of three
 * statements.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "200" },
    rows: { type: "string", default: "1000" },
    share: { type: "string", default: "0.4" },
  },
});
const [tenants, rows, share] = [Number(values.tenants), Number(values.rows), Number(values.share)];
const signal = new AbortController().signal;
const calm = { tell: () => undefined, signal, now: () => new Date() };
const room = await openSchemaRoom();
try {
  const from = room.folder({
    "0001_notes.sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY, slug TEXT, text TEXT)",
    "0002_slugs.sql": "CREATE UNIQUE INDEX slugs ON notes (slug)",
  });
  const names = Array.from({ length: tenants }, (_, place) => `bench-${place}`);
  const look = (version: number) => room.survey(names, from, version);
  const bring = async (version: number) =>
    bringForward(room.access, await look(version), {
      ...calm,
      waits: new Set(),
      paceOf: () => Promise.resolve(undefined),
      revision: "",
    });
  const databases = await inLanes(names, 8, (name) => room.database(name));
  await bring(1);
  await inLanes([...databases.entries()], 8, async ([place, { sql }]) => {
    const twice = place < share * tenants ? "n % 2" : "n";
    const all = `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${rows})`;
    await sql.execute(`INSERT INTO notes (slug, text) ${all} SELECT ${twice}, hex(randomblob(100)) FROM c`);
  });
  await room.cloud.switches({ "turso.network": "same-region" });
  const timed = async <Result>(what: string, work: () => Promise<Result>, more: (result: Result) => object) => {
    const at = performance.now();
    const result = await work();
    const seconds = (performance.now() - at) / 1000;
    console.log(JSON.stringify({ what, tenants, rows, seconds: Number(seconds.toFixed(2)), ...more(result) }));
    return { result, seconds };
  };
  const { result: standings } = await timed(
    "all ledgers read",
    () => look(2),
    () => ({}),
  );
  const failed = (error: unknown) => String(error).match(/SCHEMA_MIGRATION_FAILED/g)?.length ?? 0;
  await timed(
    "a failing one found on clones",
    () => rehearse(room.access, standings, calm).then(() => 0, failed),
    (found) => ({ found }),
  );
  writeFileSync(
    join(room.projectDir, from, "0002_slugs.sql"),
    "ALTER TABLE notes ADD COLUMN seen INTEGER;\nUPDATE notes SET seen = 0;\nCREATE INDEX slugs ON notes (slug)",
  );
  const due = await look(2);
  await timed(
    "one that passes, on clones",
    () => rehearse(room.access, due, calm),
    (well) => ({ clones: well.length }),
  );
  const { result, seconds } = await timed(
    "brought forward",
    () => bring(2),
    (brought) => ({
      brought: brought.filter(({ result }) => result === "brought").length,
    }),
  );
  const statements = result.flatMap(({ ran }) => ran).reduce((sum, ran) => sum + ran.statements, 0);
  console.log(JSON.stringify({ what: "statements a second", figure: Math.round(statements / seconds), statements }));
} finally {
  await room.dispose();
}
