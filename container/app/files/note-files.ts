import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, readFile, realpath, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { atMost } from "../at-most.ts";
import { isNoteId, type NoteId } from "../notes/note-id.ts";
import { Problem } from "../problem.ts";
import { type DurableOrder, orderFor, removeDurably, TEMPORARY_NAME, writeDurably } from "./durable-file.ts";
import { type Mount, mountUnder } from "./mount.ts";
import type { Listing, NoteStore, OddFile, ReadFile, Stamp } from "./note-store.ts";

interface NoteFilesOptions {
  readonly mountPath: string;
  readonly requireMount: boolean;
  readonly maxBytes: number;
  readonly clock: () => Date;
}

const EXTENSION = ".md";
/** A temporary file of this age is of a process that was killed, here or on another machine with the same bucket. */
const ABANDONED_AFTER_MS = 10 * 60_000;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The notes as files: `<mount>/notes/<id>.md`. Between two machines on one bucket the last writer wins. */
export class NoteFiles implements NoteStore {
  readonly #options: NoteFilesOptions;
  readonly #root: string;
  readonly #folder: string;

  private constructor(options: NoteFilesOptions, root: string) {
    this.#options = options;
    this.#root = root;
    this.#folder = join(root, "notes");
  }

  /** Throws ENOENT where the path does not exist. */
  static async at(options: NoteFilesOptions): Promise<NoteFiles> {
    return new NoteFiles(options, await realpath(options.mountPath));
  }

  async read(id: NoteId): Promise<ReadFile | undefined> {
    return this.#guarded(async () => {
      const file = await this.#openNote(id);
      if (file === undefined) return undefined;
      try {
        const status = await file.stat({ bigint: true });
        if (!status.isFile()) return undefined;
        if (status.size > this.#options.maxBytes) {
          throw new Problem("note-unreadable", "the file is larger than this service reads", { reason: "too-large" });
        }
        return { content: await file.readFile(), ...stampOf(status) };
      } finally {
        await file.close();
      }
    });
  }

  /** See `writeDurably`. */
  async write(id: NoteId, content: Uint8Array): Promise<Stamp> {
    return this.#guarded(async (order) => stampOf(await writeDurably(this.#path(id), content, order)));
  }

  async remove(id: NoteId): Promise<void> {
    return this.#guarded((order) => removeDurably(this.#path(id), order));
  }

  /** Clears away what killed writes left. */
  async list(atOnce: number): Promise<Listing> {
    return this.#guarded(async () => {
      const names = await this.#names();
      const looked = await atMost(atOnce, names, (name) => this.#look(name));
      return { notes: looked.flatMap(({ notes }) => notes), odd: looked.flatMap(({ odd }) => odd) };
    });
  }

  /** Writes and removes a file, to see whether that can be done. It is not synced: on a bucket that would cost two requests each time. */
  async probe(): Promise<void> {
    return this.#guarded(async () => {
      const path = join(this.#root, `.health.${hostname()}.tmp`);
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      try {
        await file.write("ok");
      } finally {
        await file.close();
        await unlink(path);
      }
    });
  }

  #path(id: NoteId): string {
    return join(this.#folder, `${id}${EXTENSION}`);
  }

  async #openNote(id: NoteId): Promise<FileHandle | undefined> {
    try {
      return await open(this.#path(id), READ_ONLY);
    } catch (error) {
      // ELOOP: a symbolic link, which would lead out of the folder.
      if (["ENOENT", "ELOOP"].includes(codeOf(error) ?? "")) return undefined;
      throw error;
    }
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).sort();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  async #look(name: string): Promise<Listing> {
    const nothing = { notes: [], odd: [] };
    if (TEMPORARY_NAME.test(name)) {
      await this.#clearIfAbandoned(name);
      return nothing;
    }
    const odd = (reason: OddFile["reason"]) => ({ notes: [], odd: [{ name, reason }] });
    const id = name.slice(0, -EXTENSION.length);
    if (!name.endsWith(EXTENSION) || !isNoteId(id)) return odd("name");
    const status = await this.#statusOf(name);
    if (status === undefined) return nothing;
    if (!status.isFile()) return odd("not-a-file");
    if (status.size > this.#options.maxBytes) return odd("too-large");
    return { notes: [{ id, ...stampOf(status) }], odd: [] };
  }

  async #clearIfAbandoned(name: string): Promise<void> {
    const status = await this.#statusOf(name);
    if (status === undefined || this.#options.clock().getTime() - Number(status.mtimeMs) < ABANDONED_AFTER_MS) return;
    await unlink(join(this.#folder, name)).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
  }

  async #statusOf(name: string) {
    try {
      return await lstat(join(this.#folder, name), { bigint: true });
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  async #guarded<T>(work: (order: DurableOrder) => Promise<T>): Promise<T> {
    try {
      const mount = await this.#mount();
      if (this.#options.requireMount && mount?.path !== this.#root) {
        // A bare directory would accept writes that are lost later, and show no existing note.
        throw new Problem("storage-unavailable", "nothing is mounted at MOUNT_PATH", { reason: "not-mounted" });
      }
      return await work(orderFor(mount?.type));
    } catch (error) {
      throw error instanceof Problem ? error : storageProblem(error);
    }
  }

  async #mount(): Promise<Mount | undefined> {
    try {
      return mountUnder(this.#root, await readFile("/proc/self/mountinfo", "utf8"));
    } catch (error) {
      // There is no such file outside of Linux.
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

function storageProblem(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const full = ["ENOSPC", "EDQUOT", "EFBIG"].includes(code);
  return new Problem(full ? "storage-full" : "storage-unavailable", undefined, { reason: code, cause: error });
}

function stampOf(status: { readonly size: bigint; readonly mtimeNs: bigint }): Stamp {
  return { bytes: Number(status.size), mtime: String(status.mtimeNs) };
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code;
