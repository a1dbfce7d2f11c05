import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";

import { CHANGED_THERE } from "./conditions.ts";
import { isAsListed } from "./folder-listing.ts";
import { stagingIn } from "./staging.ts";
import type { Pair, Problems, Prospect } from "./pair.ts";
import type { Carriage } from "./sync-plan.ts";

const CHANGED = "changed here meanwhile";

/** Brings the bucket's files into the folder. A file that changes here meanwhile stays as it is. */
export async function pull(
  { dir, courier, onProgress }: Pair,
  { plan, local, base }: Prospect,
  { deleting, problems }: { deleting: boolean; problems: Problems },
): Promise<void> {
  const links = [...local.skipped.keys()];
  const isBehindLink = ({ as }: Carriage) => links.some((link) => as === link || as.startsWith(`${link}/`));
  const carried = [...plan.created, ...plan.updated, ...plan.conflicts].filter((each) => !isBehindLink(each));
  for (const { path } of [...plan.created, ...plan.updated].filter(isBehindLink))
    problems.set(path, "a link is in its way here");
  const staging = stagingIn(dir, courier);
  const isThere = ({ as }: Carriage) => local.files.has(as);
  const wanted = carried.filter((each) => each.as === each.path || !isThere(each));
  await staging.fill(new Map(wanted.map(({ path, version }) => [path, version])), onProgress);
  for (const { path, version } of plan.conflicts) base.set(path, { ...base.get(path), remote: version.id });
  for (const { path, as, version } of wanted) {
    const md5 = await staging.arrived(path, version);
    if (md5 === undefined) problems.set(path, CHANGED_THERE);
    else if (!isAsListed(dir, as, local.files.get(as))) problems.set(path, CHANGED);
    else {
      staging.place(path, as);
      if (as === path) base.set(path, { local: md5, remote: version.id, ...nodeOf(dir, path) });
    }
  }
  for (const path of deleting ? plan.gone : []) {
    if (isAsListed(dir, path, local.files.get(path))) {
      rmSync(join(dir, path));
      base.delete(path);
    } else problems.set(path, CHANGED);
  }
  staging.dispose();
}

function nodeOf(dir: string, path: string): { changed: number; size: number } {
  const { ctimeMs, size } = lstatSync(join(dir, path));
  return { changed: ctimeMs, size };
}
