import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { PutObjectCommand } from "@aws-sdk/client-s3";

import { quantile } from "../operations/engine/quantile.ts";
import { s3For } from "../tests/local/tigris/clients.ts";
import { type Machine, machinesRun, whyNoMachine } from "../tests/container/machine.ts";
import { tenants } from "../tests/container/tenants.ts";

/**
 * `node bench/watch.ts [--objects 10000] [--rounds 20] [--idle 60]`: a machine with an hour's cache on a bucket of so many
 * notes. Seconds until its app reads what is changed elsewhere; and what the watch takes when nobody has worked on it for
 * more than a minute, in so many seconds: requests, share of a core, memory.
 */
const { values } = parseArgs({
  options: {
    objects: { type: "string", default: "10000" },
    rounds: { type: "string", default: "20" },
    idle: { type: "string", default: "60" },
  },
});
if (!machinesRun) throw new Error(whyNoMachine);

const LOOK = `cd "$MOUNT_PATH"; ls notes >/dev/null; echo ready
  while :; do now=$(cat notes/a-changed); [ "$now" = "$was" ] || { was=$now; echo "saw $now at $(date +%s%N)"; }; sleep 0.02; done`;
const BUSY_MS = 65_000;
const TICKS_A_SECOND = 100;
const { start, cloud, tenant, dispose, clear } = tenants();
await start();
try {
  const one = await tenant();
  const s3 = s3For(cloud());
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: one.bucket, Key, Body }));
  const keys = Array.from({ length: Number(values.objects) - 1 }, (_, n) => `notes/note-${n}.md`);
  const putAll = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) await put(key, "a note\n");
  };
  await Promise.all(Array.from({ length: 16 }, putAll));
  await put("notes/a-changed", "0");
  const machine = one.machine(["sh", "-c", LOOK], { WATCHED_STAT_CACHE_TTL: "1h", TIGRISFS_NO_PRELOAD_DIR: "true" });
  await machine.says(/watch: \d+ objects/);
  await machine.says("saw 0 at");
  const seen: number[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    await sleep(Math.random() * 1000);
    await put("notes/a-changed", String(round));
    const changed = Date.now();
    await machine.says(`saw ${round} at`);
    seen.push((timeOf(machine, `saw ${round}`) - changed) / 1000);
  }

  console.log(JSON.stringify({ objects: values.objects, seenInSeconds: spread(seen) }));
  await sleep(BUSY_MS);
  const [watch = 0] = machine.pidsOf("mount-watch");
  await cloud().forgetCalls();
  const before = ticks(watch);
  await sleep(Number(values.idle) * 1000);
  const core = (ticks(watch) - before) / TICKS_A_SECOND / Number(values.idle);
  const calls = (await cloud().calls()).map(({ operation, count }) => `${operation} ${count}`);
  console.log(
    JSON.stringify({ idleSeconds: values.idle, calls, core: `${(core * 100).toFixed(2)} %`, memory: memory(watch) }),
  );
} finally {
  await clear();
  await dispose();
}

function spread(all: readonly number[]): Record<string, string> {
  const at = (share: number) => quantile(all, share).toFixed(2);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function timeOf(machine: Machine, words: string): number {
  return Number(new RegExp(`^${words} at (\\d+)$`, "m").exec(machine.log())?.[1]) / 1e6;
}

/** Of processor time. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function memory(pid: number): string {
  const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return `${(Number(pss) / 1024).toFixed(1)} MiB`;
}
