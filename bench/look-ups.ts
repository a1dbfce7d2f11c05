import { parseArgs } from "node:util";

import { PutObjectCommand } from "@aws-sdk/client-s3";

import { quantile } from "../operations/engine/quantile.ts";
import { s3For } from "../tests/local/tigris/clients.ts";
import { machinesRun, whyNoMachine } from "../tests/container/machine.ts";
import { tenants } from "../tests/container/tenants.ts";

/**
 * `node bench/look-ups.ts [--objects 450] [--rounds 3]`: milliseconds to look up a name that is not there, in a folder early in
 * the alphabet, when the stat cache has ended; with TIGRISFS_NO_PRELOAD_DIR and without, in turn. A new note takes three.
 */
const { values } = parseArgs({
  options: { objects: { type: "string", default: "450" }, rounds: { type: "string", default: "3" } },
});
if (!machinesRun) throw new Error(whyNoMachine);

const LOOK = `cd "$MOUNT_PATH"; ls a >/dev/null; sleep 2.5
  for n in $(seq 30); do at=$(date +%s%N); [ -e a/none-$n ]; echo "look-up $(($(date +%s%N) - at))"; done; echo done; while :; do sleep 0.1; done`;
const { start, cloud, tenant, dispose, clear } = tenants();
await start();
try {
  const one = await tenant();
  const s3 = s3For(cloud());
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: one.bucket, Key, Body: "a note\n" }));
  await put("a/first");
  for (let n = 1; n < Number(values.objects); n += 1) await put(`notes/note-${n}.md`);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const noPreload of ["false", "true"]) {
      const env = { TIGRISFS_STAT_CACHE_TTL: "1s", TIGRISFS_NO_PRELOAD_DIR: noPreload };
      const machine = one.machine(["sh", "-c", LOOK], env);
      await machine.says(/^done$/m);
      const ms = [...machine.log().matchAll(/^look-up (\d+)$/gm)].map(([, figure]) => Number(figure) / 1e6);
      const [p50, p95] = [0.5, 0.95].map((share) => quantile(ms, share).toFixed(1));
      console.log(JSON.stringify({ round, noPreload, lookUps: ms.length, p50, p95 }));
      await clear();
    }
  }
} finally {
  await dispose();
}
