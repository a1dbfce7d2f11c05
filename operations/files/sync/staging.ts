import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Courier, OnProgress } from "./courier.ts";
import { md5Of } from "./folder-listing.ts";
import { OWN_FOLDER } from "./sync-base.ts";
import { type Files, isMd5, type Version } from "./version.ts";

/** Where downloads arrive, so that a file of the folder is never half of one. An interrupted download goes on there. */
export interface Staging {
  /** Downloads these versions; what an earlier run has got of them is not downloaded again. */
  fill(wanted: Files, onProgress: OnProgress): Promise<void>;
  /** The MD5 of what has arrived; undefined when that is not the version that was wanted. */
  arrived(path: string, version: Version): Promise<string | undefined>;
  /** Moves it to its place in the folder. */
  place(path: string, as: string): void;
  /** After the last file has been placed. */
  dispose(): void;
}

export function stagingIn(dir: string, courier: Courier): Staging {
  const folder = join(dir, OWN_FOLDER, "incoming");
  const manifest = join(dir, OWN_FOLDER, "incoming.json");
  return {
    async fill(wanted, onProgress) {
      const earlier = manifestIn(manifest);
      for (const [path, id] of Object.entries(earlier))
        if (wanted.get(path)?.id !== id) rmSync(join(folder, path), { force: true });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const ids = [...wanted].map(([path, { id }]) => [path, id] as const);
      writeFileSync(manifest, JSON.stringify({ ...earlier, ...Object.fromEntries(ids) }));
      if (wanted.size > 0) await courier.download(wanted, folder, onProgress);
    },
    async arrived(path, { id, size }) {
      const file = join(folder, path);
      if (!existsSync(file) || lstatSync(file).size !== size) return undefined;
      const md5 = await md5Of(file);
      return isMd5(id) && id !== md5 ? undefined : md5;
    },
    place(path, as) {
      mkdirSync(dirname(join(dir, as)), { recursive: true });
      renameSync(join(folder, path), join(dir, as));
    },
    dispose() {
      rmSync(folder, { recursive: true, force: true });
      rmSync(manifest, { force: true });
    },
  };
}

function manifestIn(file: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}
