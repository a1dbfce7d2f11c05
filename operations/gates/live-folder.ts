import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { clientFor } from "../files/access-client.ts";
import type { BucketAccess } from "../files/key-forms.ts";
import { keepTogether, LOOKS_EVERY_MS } from "../files/live/keep-together.ts";
import type { SyncEvent } from "../files/live/round.ts";
import { OWN_FOLDER } from "../files/sync/carried-names.ts";
import { alone } from "../files/sync/folder-lock.ts";
import type { Pair } from "../files/sync/planned-sync.ts";
import { sdkEngine } from "../files/sync/sdk-engine.ts";
import { carryOut, look, memoryOf, planned } from "../files/sync/sync.ts";
import type { Direction } from "../files/sync/sync-plan.ts";

/** A throw-away folder of this computer for one tenant's files. */
export interface Folder {
  readonly dir: string;
  readonly pair: Pair;
  /** The text of a file; "" while there is none. */
  text(name: string): string;
  write(name: string, text: string): void;
  /** The texts of all files in it. */
  texts(): string[];
  /** One `push` or `pull`, as the verbs do it; throws what they throw. */
  carry(direction: Direction): Promise<void>;
  remove(): void;
}

/** The same, kept together with the bucket, as `tenantry live` does it. */
export interface LiveFolder extends Folder {
  readonly events: readonly SyncEvent[];
  /** Ends it, after one more round; throws what `live` throws. */
  end(): Promise<void>;
}

/** A new, empty folder. */
export async function folderFor(access: BucketAccess): Promise<Folder> {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-folder-"));
  const client = await clientFor(access);
  const pair = { dir, access, client, engine: sdkEngine(client, access.key.bucket), onProgress: () => undefined };
  return {
    dir,
    pair,
    text: (name) => textOr(join(dir, name)),
    write: (name, text) => writeFileSync(join(dir, name), text),
    texts: () =>
      readdirSync(dir, { recursive: true, encoding: "utf8" })
        .filter((name) => !name.startsWith(OWN_FOLDER))
        .map((name) => textOr(join(dir, name))),
    carry: (direction) =>
      alone(dir, async () => {
        const memory = memoryOf(pair);
        try {
          await carryOut(pair, await planned(pair, await look(pair, memory), direction, { dryRun: false }), {
            deleting: false,
          });
        } finally {
          memory.flush();
        }
      }),
    remove() {
      client.destroy();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Has `live` keep a folder, until `end`. */
export function keptLive(
  folder: Folder,
  { seenWithinMs, everyMs = LOOKS_EVERY_MS }: { seenWithinMs: number; everyMs?: number },
): LiveFolder {
  const [end, events] = [new AbortController(), [] as SyncEvent[]];
  const tell = (event: SyncEvent) => void events.push(event);
  const options = { deleting: false, isReadOnly: false, stopped: end.signal, tell, note: () => undefined };
  const running = alone(folder.dir, () => keepTogether(folder.pair, { everyMs, seenWithinMs, ...options }));
  running.catch(() => undefined);
  return {
    ...folder,
    events,
    async end() {
      end.abort();
      await running;
    },
  };
}

function textOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
