import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { seenWithin } from "../../../container/freshness.ts";
import { clientFor } from "../../../operations/files/access-client.ts";
import type { BucketAccess } from "../../../operations/files/key-forms.ts";
import { keepTogether } from "../../../operations/files/live/keep-together.ts";
import type { SyncEvent } from "../../../operations/files/live/round.ts";
import { alone } from "../../../operations/files/sync/folder-lock.ts";
import { sdkEngine } from "../../../operations/files/sync/sdk-engine.ts";
import { durationSeconds } from "../../../tenants/model/duration.ts";
import type { Machine } from "../machine.ts";
import type { Tenant } from "../tenants.ts";

/** A folder of a laptop that `live` keeps together with a tenant's bucket. */
export interface LiveFolder {
  readonly dir: string;
  readonly events: readonly SyncEvent[];
  /** The text of a file; "" while there is none. */
  text(name: string): string;
  write(name: string, text: string): void;
  /** Ends it and removes the folder; throws what `live` throws. */
  end(): Promise<void>;
}

export async function liveFolder(one: Tenant, statCacheTtl: string, everyMs = 1000): Promise<LiveFolder> {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-live-"));
  const access = doorOf(one);
  const client = await clientFor(access);
  const pair = { dir, access, client, engine: sdkEngine(client, one.bucket), onProgress: () => undefined };
  const [end, events] = [new AbortController(), [] as SyncEvent[]];
  const tell = (event: SyncEvent) => void events.push(event);
  const options = { deleting: false, isReadOnly: false, stopped: end.signal, tell, note: () => undefined };
  const seenWithinMs = seenWithin(durationSeconds(statCacheTtl)) * 1000;
  const running = alone(dir, () => keepTogether(pair, { everyMs, seenWithinMs, ...options }));
  running.catch(() => undefined);
  return {
    dir,
    events,
    text: (name) => textOr(join(dir, name)),
    write: (name, text) => writeFileSync(join(dir, name), text),
    async end() {
      end.abort();
      await running.finally(() => {
        rmSync(dir, { recursive: true, force: true });
      });
    },
  };
}

function doorOf({ bucket, key, env }: Tenant): BucketAccess {
  const place = { backend: "tigris", bucket, region: "auto" } as const;
  const made = { issued: "", due: "", enabled: true, keyId: key.accessKeyId, secret: key.secretAccessKey };
  const endpoint = env["AWS_ENDPOINT_URL_S3"] ?? "";
  return { tenant: bucket, key: { name: "bob", mode: "read-write", ...place, ...made }, endpoint, tigrisfs: {} };
}

function textOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
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
