import { setTimeout as sleep } from "node:timers/promises";

import { seenWithin } from "../../../container/freshness.ts";
import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { folderFor, keptLive, type LiveFolder } from "../../../operations/gates/live-folder.ts";
import { durationSeconds } from "../../../tenants/model/duration.ts";
import type { Machine } from "../machine.ts";
import type { Tenant } from "../tenants.ts";

/** A folder of a laptop that `live` keeps together with a tenant's bucket, until its end, when it is removed. */
export async function liveFolder(one: Tenant, statCacheTtl: string, everyMs = 1000): Promise<LiveFolder> {
  const folder = await folderFor(doorOf(one));
  const live = keptLive(folder, { everyMs, seenWithinMs: seenWithin(durationSeconds(statCacheTtl)) * 1000 });
  return {
    ...live,
    end: () =>
      live.end().finally(() => {
        folder.remove();
      }),
  };
}

function doorOf({ bucket, key, env }: Tenant): BucketAccess {
  const place = { backend: "tigris", bucket, region: "auto" } as const;
  const made = { issued: "", due: "", enabled: true, keyId: key.accessKeyId, secret: key.secretAccessKey };
  const endpoint = env["AWS_ENDPOINT_URL_S3"] ?? "";
  return { tenant: bucket, key: { name: "bob", mode: "read-write", ...place, ...made }, endpoint, tigrisfs: {} };
}

/** Seconds of one change in each direction. */
export interface LiveTimes {
  /** From the end of a write in the folder until the app, which looks all the time, has read it. */
  readonly toApp: number;
  /** From the end of an fsync by the app until the file in the folder has it. */
  readonly toFolder: number;
}

/** Looks all the time, which is what keeps old answers in the caches, and writes when told to. */
const APP = `
  cd "$MOUNT_PATH"; n=0; echo ready
  while :; do
    text=$(cat from-folder 2>/dev/null)
    if [ "$text" != "$seen" ]; then seen=$text; echo "saw $text at $(date +%s%N)"; fi
    if [ -e "$STATE_DIR/go-$n" ]; then
      echo "app $n" >from-app; sync from-app; echo "wrote $n at $(date +%s%N)"; n=$((n + 1))
    fi
    sleep 0.02
  done`;

/** Changes a file in the folder and another in a machine, again and again, at any moment between two looks. */
export async function liveTimes(
  one: Tenant,
  ttl: string,
  { rounds, everyMs = 1000 }: { rounds: number; everyMs?: number },
): Promise<LiveTimes[]> {
  const machine = one.machine(["sh", "-c", APP], { TIGRISFS_STAT_CACHE_TTL: ttl });
  await machine.says(/^ready$/m);
  const folder = await liveFolder(one, ttl, everyMs);
  const times: LiveTimes[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(Math.random() * everyMs);
    folder.write("from-folder", `folder ${round}`);
    const written = Date.now();
    await machine.says(`saw folder ${round} at`);
    const toApp = timeOf(machine, `saw folder ${round}`) - written;
    await sleep(Math.random() * everyMs);
    machine.write(`go-${round}`);
    while (folder.text("from-app") !== `app ${round}\n`) await sleep(5);
    const read = Date.now();
    await machine.says(`wrote ${round} at`);
    times.push({ toApp: toApp / 1000, toFolder: (read - timeOf(machine, `wrote ${round}`)) / 1000 });
  }
  await folder.end();
  return times;
}

function timeOf(machine: Machine, words: string): number {
  const time = new RegExp(`^${words} at (\\d+)$`, "m").exec(machine.log())?.[1];
  if (time === undefined) throw new Error(`never "${words}": ${machine.log()}`);
  return Number(time) / 1e6;
}
