import { type FSWatcher, watch } from "node:fs";
import { join, posix } from "node:path";

import { OWN_FOLDER } from "../sync/carried-names.ts";

/** An editor writes a file in several steps: a look between them would be wasted. */
const QUIET_MS = 100;
const LONGEST_MS = 500;

/** Tells early that something has changed. Nobody has to rely on it: where nothing can be watched, looks are all there is. */
export interface FolderWatch {
  /** Watches the folders of these files, and no longer others. */
  follow(paths: Iterable<string>): void;
  /** Waits that long, less when something changes or `stopped` is aborted. Milliseconds. */
  pause(ms: number, stopped: AbortSignal): Promise<void>;
  close(): void;
}

export function folderWatch(dir: string): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let [first, last] = [0, 0];
  let wake: () => void = () => undefined;
  const onChange = (name: string | null) => {
    if (name === OWN_FOLDER) return;
    last = Date.now();
    if (first === 0) first = last;
    wake();
  };
  const drop = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  return {
    follow(paths) {
      const wanted = foldersOf(paths);
      for (const folder of watchers.keys()) if (!wanted.has(folder)) drop(folder);
      for (const folder of wanted) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watch(join(dir, folder), (_, name) => onChange(name));
          watchers.set(
            folder,
            watcher.on("error", () => drop(folder)),
          );
        } catch {
          // Gone again, or more folders than the system lets us watch.
        }
      }
    },
    async pause(ms, stopped) {
      const end = Date.now() + ms;
      const due = () => Math.min(end, first === 0 ? end : Math.min(first + LONGEST_MS, last + QUIET_MS));
      while (!stopped.aborted && Date.now() < due()) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, due() - Date.now());
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          stopped.addEventListener("abort", wake, { once: true });
        });
        stopped.removeEventListener("abort", wake);
      }
      first = 0;
    },
    close: () => {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set(["."]);
  for (const path of paths)
    for (let folder = posix.dirname(path); !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
  return folders;
}
