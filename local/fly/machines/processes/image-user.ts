import { readFileSync } from "node:fs";
import { join } from "node:path";

import { placeIn } from "./place-in-root.ts";

/** Who the main process runs as. */
export interface Identity {
  readonly uid: number;
  /** The first is the main one. */
  readonly gids: readonly number[];
  readonly home: string;
}

/** Root, on this computer's own files. */
export const ROOT_USER: Identity = { uid: 0, gids: [0], home: "/root" };

/**
 * The user of an image (`USER`: NAME or UID, also with :GROUP; empty is root) as its own /etc/passwd and /etc/group know it.
 * Throws an Error for a name that they do not know.
 */
export function identityIn(root: string, user: string): Identity {
  const [name = "", group = ""] = user.split(":");
  const passwd = lines(root, "/etc/passwd");
  const groups = lines(root, "/etc/group");
  const wanted = name === "" ? "0" : name;
  const entry = passwd.find(([known, , uid]) => known === wanted || uid === wanted);
  const uid = Number(entry?.[2] ?? wanted);
  if (!Number.isInteger(uid)) throw new Error(`the image's user ${wanted} is not in its /etc/passwd`);
  const named = groups.find(([known, , gid]) => known === group || gid === group);
  const gid = Number(group === "" ? (entry?.[3] ?? 0) : (named?.[2] ?? group));
  if (!Number.isInteger(gid)) throw new Error(`the image's group ${group} is not in its /etc/group`);
  const others =
    group === "" ? groups.filter(([, , , members = ""]) => members.split(",").includes(entry?.[0] ?? "")) : [];
  return { uid, gids: [...new Set([gid, ...others.map(([, , id]) => Number(id))])], home: entry?.[5] || "/" };
}

function lines(root: string, path: string): string[][] {
  try {
    const text = readFileSync(join(root, placeIn(root, path)), "utf8");
    return text.split("\n").map((line) => line.split(":"));
  } catch {
    // An image from scratch has neither file.
    return [];
  }
}
