import { PutObjectCommand } from "@aws-sdk/client-s3";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { machinesRun, whyNoMachine } from "../tests/container/machine.ts";
import { type Tenant, tenants } from "../tests/container/tenants.ts";
import { s3For } from "../tests/local/tigris/clients.ts";

/**
 * `node bench/first-touch.ts [--folders 100] [--files 100] [--latency 20] [--rounds 3]`: what it costs to create files in a
 * bucket that holds folders x files already, with and without the entrypoint's first-touch walk, by the time the stat cache
 * lasts. Medians of the rounds, in milliseconds: the walk itself; one new file in every folder, at once, again, and when the
 * stat cache has ended. And the calls to S3 of all that, without uploads.
 */
const { values } = parseArgs({
  options: {
    folders: { type: "string", default: "100" },
    files: { type: "string", default: "100" },
    latency: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
  },
});
const [folders, files, latencyMs, rounds] = [values.folders, values.files, values.latency, values.rounds].map(Number);
if (!machinesRun) throw new Error(whyNoMachine);

const { start, cloud, tenant, clear, dispose } = tenants();
await start();
try {
  const cases = [5, 30].flatMap((ttlSeconds) => [false, true].map((walk) => ({ ttlSeconds, walk })));
  const rows = cases.map((each) => ({ ...each, rounds: [] as Record<string, number>[] }));
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const row of rows) {
      const figures = await measure(row);
      row.rounds.push(figures);
      console.error(JSON.stringify({ round, ttlSeconds: row.ttlSeconds, walk: row.walk, ...figures }));
    }
  }
  const conditions = { folders, files, latencyMs, rounds, cores: cpus().length, node: process.version };
  const medians = rows.map(({ ttlSeconds, walk, rounds: all }) => ({ ttlSeconds, walk, ...medianOf(all) }));
  console.log(JSON.stringify({ conditions, medians }, null, 2));
} finally {
  await clear();
  await dispose();
}

/** A bucket of its own each time: a later round must not find the files of an earlier one. */
async function measure({ ttlSeconds, walk }: { ttlSeconds: number; walk: boolean }): Promise<Record<string, number>> {
  const one = await tenant();
  await seed(one);
  await cloud().faults({ vendor: "tigris", kind: "latency", latencyMs: Number(latencyMs) });
  await cloud().forgetCalls();
  const script = join(import.meta.dirname, "first-touch/create-files.ts");
  const words = [folders, (ttlSeconds + 1) * 1000].map(String);
  const machine = one.machine([process.execPath, script, ...words], {
    TIGRISFS_STAT_CACHE_TTL: `${ttlSeconds}s`,
    FIRST_TOUCH_NAMES: walk ? "1000000" : "0",
    FIRST_TOUCH_SECONDS: "120",
  });
  await machine.says("ready");
  const began = performance.now();
  if (walk) await machine.says("first touch: ");
  const walked = Math.round(performance.now() - began);
  machine.write("go");
  if ((await machine.ended) !== 0) throw new Error(machine.log());
  const passes = [...machine.log().matchAll(/^(\w+): (\d+) ms$/gm)].map(
    ([, name, ms]) => [name ?? "", Number(ms)] as const,
  );
  const calls = (await cloud().calls()).filter(({ operation }) => operation !== "PutObject");
  await clear();
  return { walked, ...Object.fromEntries(passes), calls: calls.reduce((sum, { count }) => sum + count, 0) };
}

async function seed({ bucket }: Tenant): Promise<void> {
  const s3 = s3For(cloud());
  const keys = Array.from(
    { length: Number(folders) * Number(files) },
    (_, n) => `folder-${n % Number(folders)}/inner/${n}`,
  );
  const put = async () => {
    for (let Key = keys.pop(); Key !== undefined; Key = keys.pop()) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }));
    }
  };
  await Promise.all(Array.from({ length: 32 }, put));
}

function medianOf(rows: readonly Record<string, number>[]): Record<string, number> {
  const at = (name: string) => rows.map((row) => row[name] ?? NaN).toSorted((one, other) => one - other);
  return Object.fromEntries(
    Object.keys(rows[0] ?? {}).map((name) => [name, at(name)[Math.floor(rows.length / 2)] ?? NaN]),
  );
}
