import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { makeFolder } from "../../stack/made-folder.ts";
import { type ExportPlace, type Journal, linesOf, type Pieces } from "./export-place.ts";

const JOURNAL = "journal.jsonl";
/** Where content lies while it arrives. */
const PARTS = ".parts";
/** What SQLite and libSQL lay beside a file while they write it. */
const BESIDE = ["", "-journal", "-wal", "-shm"];

/** An export in a folder that only its owner can read. */
export function folderPlace(dir: string): ExportPlace {
  const at = (path: string) => join(dir, path);
  const journal = new FileJournal(at(JOURNAL));
  return {
    name: dir,
    bucket: undefined,
    longestPath: Infinity,
    journal,
    open() {
      makeFolder(dir, 0o700);
      return Promise.resolve();
    },
    isEmpty: () => Promise.resolve(readdirSync(dir).length === 0),
    sizes: () => Promise.resolve((path) => statSync(at(path), { throwIfNoEntry: false })?.size),
    read: (path) => Promise.resolve(existsSync(at(path)) ? createReadStream(at(path)) : undefined),
    async write(path: string, content: Pieces) {
      const part = join(at(PARTS), createHash("sha256").update(path).digest("hex"));
      mkdirSync(dirname(part), { recursive: true, mode: 0o700 });
      await pipeline(content, createWriteStream(part, { mode: 0o600, flush: true }));
      mkdirSync(dirname(at(path)), { recursive: true, mode: 0o700 });
      renameSync(part, at(path));
    },
    remove(paths) {
      for (const path of paths) rmSync(at(path), { force: true });
      return Promise.resolve();
    },
    async made(paths, work) {
      const fileOf = (path: string) => at(`${path}.new`);
      for (const path of paths) for (const each of BESIDE) rmSync(`${fileOf(path)}${each}`, { force: true });
      const result = await work(fileOf);
      for (const path of paths) renameSync(fileOf(path), at(path));
      return result;
    },
    locally: (path, work) => work(at(path)),
    tidy() {
      journal.close();
      rmSync(at(PARTS), { recursive: true, force: true });
    },
  };
}

class FileJournal implements Journal {
  readonly #file: string;
  #open: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async *lines(): AsyncGenerator<string> {
    if (existsSync(this.#file)) yield* linesOf(createReadStream(this.#file));
  }

  add(line: string): Promise<void> {
    this.#open ??= openSync(this.#file, "a", 0o600);
    writeSync(this.#open, line);
    return Promise.resolve();
  }

  flush(): Promise<void> {
    if (this.#open !== undefined) fsyncSync(this.#open);
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.close();
    rmSync(this.#file, { force: true });
    return Promise.resolve();
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }
}
