import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { listBucket } from "./bucket-listing.ts";
import { listFolder, type LocalFile } from "./folder-listing.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { stagingIn } from "./staging.ts";
import { type Base, readBase, writeBase } from "./sync-base.ts";
import { type Direction, syncPlan, unsurePaths } from "./sync-plan.ts";
import type { Files, Listing } from "./version.ts";
import type { Pair, Problems, Prospect, Sight } from "./pair.ts";

/** Looks at both sides. Changes nothing in the bucket, and nothing in the folder but what a dry run leaves out: our own notes. */
export async function prospect(pair: Pair, direction: Direction, { dryRun }: { dryRun: boolean }): Promise<Prospect> {
  return planned(pair, await look(pair), direction, { dryRun });
}

/** Lists both sides. Throws SYNC_REFUSED. */
export async function look(pair: Pair, base: Base = readBase(pair.dir, pair.door.key.bucket)): Promise<Sight> {
  const [local, remote] = await Promise.all([listFolder(pair.dir, base), bucketOf(pair)]);
  return { local, remote, base };
}

/** What is to be done about what was seen. Reads what only its content can tell apart, unless it is a dry run. */
export async function planned(
  pair: Pair,
  { local, remote, base }: Sight,
  direction: Direction,
  { dryRun }: { dryRun: boolean },
): Promise<Prospect> {
  const { door } = pair;
  const label = direction === "pull" ? "bucket" : door.key.name;
  const state = { direction, local: local.files, remote: remote.files, base, label };
  const unsure = unsurePaths(state);
  if (!dryRun) await compare(pair, unsure, state);
  const plan = syncPlan(state);
  for (const path of plan.same) meet(base, path, local.files, remote.files);
  return { direction, local, remote, base, plan, unsure: dryRun ? unsure : [] };
}

/** Throws SYNC_REFUSED. */
async function bucketOf({ client, door }: Pair): Promise<Listing> {
  try {
    return await listBucket(client, door.key.bucket);
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new TenantryError(filesErrors.SYNC_REFUSED, `${door.key.bucket}: ${name} ${message}`, {
      tenant: door.tenant,
      cause,
    });
  }
}

/** Reads what only its content can tell apart; what turns out equal meets in the base. */
async function compare(
  pair: Pair,
  paths: readonly string[],
  { local, remote, base }: { local: Files<LocalFile>; remote: Files; base: Base },
): Promise<void> {
  if (paths.length === 0) return;
  const staging = stagingIn(pair.dir, pair.courier);
  const wanted = new Map([...remote].filter(([path]) => paths.includes(path)));
  await staging.fill(wanted, pair.onProgress);
  for (const [path, version] of wanted)
    if ((await staging.arrived(path, version)) === local.get(path)?.id) meet(base, path, local, remote);
}

/** Notes that both sides hold the same now. */
function meet(base: Base, path: string, local: Files<LocalFile>, remote: Files): void {
  const [here, there] = [local.get(path), remote.get(path)];
  if (here === undefined || there === undefined) return;
  base.set(path, { local: here.id, remote: there.id, changed: here.changed, size: here.size });
}

/** Does what the plan says. Throws SYNC_TRANSFER_FAILED when something is left to do; what is done is noted in any case. */
export async function carryOut(pair: Pair, found: Prospect, { deleting }: { deleting: boolean }): Promise<void> {
  const problems = await carry(pair, found, { deleting });
  if (problems.size === 0) return;
  const lines = [...problems].map(([path, reason]) => `${path}: ${reason}`);
  throw new TenantryError(filesErrors.SYNC_TRANSFER_FAILED, lines.join("\n  "), { tenant: pair.door.tenant });
}

/** The same, for who goes on: what is left to do is returned. Throws SYNC_TRANSFER_FAILED when the courier gave up. */
export async function carry(pair: Pair, found: Prospect, { deleting }: { deleting: boolean }): Promise<Problems> {
  const problems: Problems = new Map();
  try {
    await (found.direction === "pull" ? pull : push)(pair, found, { deleting, problems });
  } finally {
    writeBase(pair.dir, pair.door.key.bucket, found.base);
  }
  return problems;
}
