import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { listBucket } from "./bucket-listing.ts";
import { spellingIn } from "./file-system-spelling.ts";
import { listFolder, type LocalFile } from "./folder-listing.ts";
import { IGNORE_FILE, type Ignores, ignoresIn } from "./ignored-names.ts";
import type { Listings, Pair, PlannedSync, Problems } from "./planned-sync.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { stagingIn } from "./staging.ts";
import { type Direction, syncPlan, unsurePaths } from "./sync-plan.ts";
import { type Base, openMemory, type SyncMemory } from "./sync-memory.ts";
import type { Files, Listing } from "./version.ts";

/**
 * Lists both sides. Changes nothing in the bucket, and nothing in the folder but our own notes.
 * Throws SYNC_REFUSED and SYNC_FOLDER_UNUSABLE.
 */
export async function look(pair: Pair, base: Base): Promise<Listings> {
  const ignores = ignoresOf(pair);
  const spelling = spellingIn(pair.dir);
  const [local, remote] = await Promise.all([listFolder(pair.dir, base, ignores), bucketOf(pair, ignores)]);
  return { local, remote, base, spelling };
}

/** The memory of this pair. */
export function memoryOf({ dir, access }: Pair): SyncMemory {
  return openMemory(dir, access.key.bucket);
}

/** Throws SYNC_FOLDER_UNUSABLE: without the ignore list it is not known what to leave alone. */
function ignoresOf({ dir }: Pair): Ignores {
  try {
    return ignoresIn(dir);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new TenantryError(filesErrors.SYNC_FOLDER_UNUSABLE, `${IGNORE_FILE} cannot be read: ${code}`, { cause });
  }
}

/** Plans the sync from both listings. Compares contents where only these can distinguish files, unless it is a dry run. */
export async function planned(
  pair: Pair,
  listings: Listings,
  direction: Direction,
  { dryRun }: { dryRun: boolean },
): Promise<PlannedSync> {
  const { local, remote, base } = listings;
  const label = direction === "pull" ? "bucket" : pair.access.key.name;
  const state = { direction, label, ...listings };
  const unsure = unsurePaths(state);
  if (dryRun) return { ...listings, direction, plan: syncPlan(state), unsure };
  for (const path of await equalAmong(pair, unsure, listings)) meet(base, path, local.files, remote.files);
  const plan = syncPlan(state);
  for (const path of plan.same) meet(base, path, local.files, remote.files);
  return { ...listings, direction, plan, unsure: [] };
}

/** Throws SYNC_REFUSED. */
async function bucketOf({ client, access }: Pair, ignores: Ignores): Promise<Listing> {
  try {
    return await listBucket(client, access.key.bucket, ignores);
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new TenantryError(filesErrors.SYNC_REFUSED, `${access.key.bucket}: ${name} ${message}`, {
      tenant: access.tenant,
      cause,
    });
  }
}

/** Compares the contents of files that only these can distinguish. What cannot be read counts as different. */
async function equalAmong(pair: Pair, paths: readonly string[], { local, remote }: Listings): Promise<string[]> {
  if (paths.length === 0) return [];
  const staging = stagingIn(pair.dir, pair.engine);
  const wanted = new Map([...remote.files].filter(([path]) => paths.includes(path)));
  await staging.fill(wanted, pair.onProgress);
  const same: string[] = [];
  for (const [path, version] of wanted) {
    const md5 = await staging.arrived(path, version).catch(() => undefined);
    if (md5 !== undefined && md5 === local.files.get(path)?.id) same.push(path);
  }
  return same;
}

/** Notes that both sides hold the same now. */
function meet(base: Base, path: string, local: Files<LocalFile>, remote: Files): void {
  const [here, there] = [local.get(path), remote.get(path)];
  if (here === undefined || there === undefined) return;
  base.set(path, { local: here.id, remote: there.id, changed: here.changed, size: here.size });
}

/** Does what the plan says. What could not be done is returned, by path, with the reason; all else is done, and noted. */
export async function carryOut(pair: Pair, found: PlannedSync, { deleting }: { deleting: boolean }): Promise<Problems> {
  const problems: Problems = new Map();
  await (found.direction === "pull" ? pull : push)(pair, found, { deleting, problems });
  return problems;
}
