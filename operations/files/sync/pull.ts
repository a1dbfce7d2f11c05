import { chmodSync, chownSync, lstatSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { atOnce } from "./at-once.ts";
import { CHANGED_THERE } from "./conditions.ts";
import { syncFolder } from "./durable-file.ts";
import { isAsListed, nodeAt } from "./folder-listing.ts";
import type { Pair, PlannedSync, Problems } from "./planned-sync.ts";
import { type Staging, stagingIn } from "./staging.ts";
import type { Transfer } from "./sync-plan.ts";

const CHANGED = "changed here meanwhile";

/** So many files are placed before they are made durable and remembered together. */
const BATCH = 64;

/** Brings the bucket's files into the folder. A file that changes here meanwhile stays as it is. */
export async function pull(
  pair: Pair,
  found: PlannedSync,
  { deleting, problems }: { deleting: boolean; problems: Problems },
): Promise<void> {
  const { plan, local, base } = found;
  const staging = stagingIn(pair.dir, pair.engine);
  // A copy of a conflict that is here already: both versions are.
  const isHere = ({ path, as }: Transfer) => path !== as && local.files.has(as);
  for (const { path, version } of plan.conflicts.filter(isHere))
    base.set(path, { ...base.get(path), remote: version.id });
  const wanted = [...plan.created, ...plan.updated, ...plan.conflicts].filter((each) => !isHere(each));
  const missing = await staging.fill(new Map(wanted.map(({ path, version }) => [path, version])), pair.onProgress);
  for (let next = 0; next < wanted.length; next += BATCH)
    await settle(pair, found, { staging, missing, problems, transfers: wanted.slice(next, next + BATCH) });
  for (const path of deleting ? plan.gone : []) attempt(path, problems, () => remove(pair, found, path, problems));
  staging.dispose();
}

interface Batch {
  readonly staging: Staging;
  readonly missing: ReadonlyMap<string, string>;
  readonly problems: Problems;
  readonly transfers: readonly Transfer[];
}

/**
 * First the files, then what is remembered of them: when it says that both sides have met, they have. The other way round
 * a lost current could leave an old file here that passes for an edit of the new one.
 */
async function settle({ dir }: Pair, { local, base }: PlannedSync, batch: Batch): Promise<void> {
  const { staging, missing, problems, transfers } = batch;
  const arrived = await atOnce(transfers, ({ path, version }) =>
    staging.arrived(path, version).catch((error: unknown) => {
      problems.set(path, reasonOf(error));
      return undefined;
    }),
  );
  const placed = transfers.flatMap(({ path, as, version }, each) => {
    const md5 = arrived[each];
    if (md5 === undefined) problems.set(path, problems.get(path) ?? missing.get(path) ?? CHANGED_THERE);
    else
      attempt(path, problems, () => {
        // An empty folder is nothing that is carried, and nothing that is lost.
        if (nodeAt(dir, as)?.isDirectory() === true) rmdirSync(join(dir, as));
        if (isAsListed(dir, as, local.files.get(as))) place(dir, staging, { path, as });
        else problems.set(path, CHANGED);
      });
    return md5 === undefined || problems.has(path) ? [] : [{ path, as, version, md5 }];
  });
  for (const folder of new Set(placed.map(({ as }) => dirname(join(dir, as))))) syncFolder(folder);
  for (const { path, as, version, md5 } of placed) {
    const node = path === as ? nodeAt(dir, path) : undefined;
    if (path !== as) base.set(path, { ...base.get(path), remote: version.id });
    else if (node !== undefined)
      base.set(path, { local: md5, remote: version.id, changed: node.ctimeMs, size: node.size });
  }
}

/** A file that was private stays so, and a copy of it is no less so. */
function place(dir: string, staging: Staging, { path, as }: { path: string; as: string }): void {
  const before = nodeAt(dir, as) ?? nodeAt(dir, path);
  if (before?.isFile() === true) {
    const file = staging.fileOf(path);
    const { uid, gid } = lstatSync(file);
    // Only root can: it must not take somebody's file away.
    if (process.getuid?.() === 0 && (uid !== before.uid || gid !== before.gid)) chownSync(file, before.uid, before.gid);
    chmodSync(file, before.mode & 0o777);
  }
  staging.place(path, as);
}

function remove({ dir }: Pair, { local, base }: PlannedSync, path: string, problems: Problems): void {
  if (isAsListed(dir, path, local.files.get(path))) {
    rmSync(join(dir, path));
    base.delete(path);
  } else problems.set(path, CHANGED);
}

/** What fails is the problem of this path alone. */
function attempt(path: string, problems: Problems, work: () => void): void {
  try {
    work();
  } catch (error) {
    problems.set(path, reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot be written here: ${code ?? message}`;
}
