import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { OWN_FOLDER } from "./carried-names.ts";
import { replaceFile, syncFile } from "./durable-file.ts";
import { md5Of } from "./folder-listing.ts";
import type { OnProgress, TransferEngine } from "./transfer-engine.ts";
import { type Files, isMd5, type Version } from "./version.ts";

/** Where downloads arrive, so that a file of the folder is never half of one. An interrupted download goes on there. */
export interface Staging {
  /** Downloads these versions; what an earlier run has got of them is not downloaded again. Returns why some are missing. */
  fill(wanted: Files, onProgress: OnProgress): Promise<ReadonlyMap<string, string>>;
  /** The MD5 of what has arrived, then durable; undefined when that is not the version that was wanted. */
  arrived(path: string, version: Version): Promise<string | undefined>;
  /** Where it has arrived. */
  fileOf(path: string): string;
  /** Moves it to its place in the folder. */
  place(path: string, as: string): void;
  /** After the last file has been placed. */
  dispose(): void;
}

export function stagingIn(dir: string, engine: TransferEngine): Staging {
  const folder = join(dir, OWN_FOLDER, "incoming");
  const manifest = join(dir, OWN_FOLDER, "incoming.json");
  const fileOf = (path: string) => join(folder, path);
  return {
    fileOf,
    async fill(wanted, onProgress) {
      const earlier = manifestIn(manifest);
      // Whose versions lie there nothing tells then, and a size alone must not pass for one.
      if (earlier === undefined) rmSync(folder, { recursive: true, force: true });
      const kept = Object.entries(earlier ?? {}).filter(([path, id]) => wanted.get(path)?.id === id);
      for (const path of Object.keys(earlier ?? {})) if (!kept.some(([one]) => one === path)) remove(folder, path);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const ids = [...wanted].map(([path, { id }]) => [path, id] as const);
      replaceFile(manifest, JSON.stringify(Object.fromEntries([...kept, ...ids])));
      return wanted.size === 0 ? new Map() : engine.download(wanted, folder, onProgress);
    },
    async arrived(path, { id, size }) {
      const file = fileOf(path);
      if (!existsSync(file) || lstatSync(file).size !== size) return undefined;
      const md5 = await md5Of(file);
      if (isMd5(id) && id !== md5) return undefined;
      syncFile(file);
      return md5;
    },
    place(path, as) {
      mkdirSync(dirname(join(dir, as)), { recursive: true });
      renameSync(fileOf(path), join(dir, as));
    },
    dispose() {
      rmSync(folder, { recursive: true, force: true });
      rmSync(manifest, { force: true });
    },
  };
}

/** With the folders that held nothing else: a file may come in the place of one. */
function remove(folder: string, path: string): void {
  rmSync(join(folder, path), { recursive: true, force: true });
  for (let below = dirname(path); below !== "."; below = dirname(below)) {
    try {
      rmdirSync(join(folder, below));
    } catch {
      return;
    }
  }
}

/** Undefined when there is none, or it cannot be read. */
function manifestIn(file: string): Readonly<Record<string, string>> | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return undefined;
  }
}
