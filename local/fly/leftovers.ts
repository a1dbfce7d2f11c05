import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { VOLUMES } from "./machines/processes/process-runner.ts";
import { LOGS } from "./running.ts";
import type { Tables } from "./tables.ts";

/** How long Fly still has a volume that was deleted, and we the log of a machine that was destroyed. */
const KEPT_MS = 24 * 3_600_000;
const PERIOD_MS = 3_600_000;

/** What is left on disk of volumes and machines that are gone. */
export interface Leftovers {
  /** Removes what has had its time, and at once what belonged to an app that is deleted. Never fails: it says so in the log. */
  sweep(): Promise<void>;
  /** Sweeps now and every hour. */
  open(): void;
  close(): void;
}

interface Parts {
  /** The vendor's folder. */
  readonly dir: string;
  readonly tables: Pick<Tables, "machines" | "volumes">;
  readonly clock: () => Date;
  log(line: string): void;
}

export function leftovers(parts: Parts): Leftovers {
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => {
    forgetVolumes(parts);
    await Promise.all(pathsToRemove(parts).map((path) => remove(path, parts)));
  };
  return {
    sweep,
    open() {
      void sweep();
      timer = setInterval(() => void sweep(), PERIOD_MS);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}

/** A deleted volume is shown for a day, and unknown from then on. */
function forgetVolumes({ tables, clock }: Parts): void {
  for (const [key, { state, updatedAt }] of tables.volumes.entries()) {
    if (state === "pending_destroy" && isOver(updatedAt, clock)) tables.volumes.remove(key);
  }
}

/** Everything on disk that no record speaks for. A record is always written before there is anything on disk. */
function pathsToRemove({ dir, tables, clock }: Parts): string[] {
  const found = { [VOLUMES]: namesIn(join(dir, VOLUMES)), [LOGS]: namesIn(join(dir, LOGS)) };
  const volumes = tables.volumes.entries().map(([, { id }]) => id);
  const machines = tables.machines
    .entries()
    .flatMap(([, { id, state, updatedAt }]) => (state === "destroyed" && isOver(updatedAt, clock) ? [] : [id]));
  const spokenFor = new Set([...volumes, ...machines]);
  return Object.entries(found).flatMap(([folder, names]) =>
    names.filter((name) => !spokenFor.has(name.replace(/\.log(?:\.1)?$/, ""))).map((name) => join(dir, folder, name)),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is made with the first that needs it.
    return [];
  }
}

async function remove(path: string, { log }: Parts): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    log(`left over: ${path}: ${error instanceof Error ? error.message : "cannot be removed"}`);
  }
}

function isOver(since: string, clock: () => Date): boolean {
  return clock().getTime() - Date.parse(since) >= KEPT_MS;
}
