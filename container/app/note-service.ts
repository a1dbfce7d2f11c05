import type { CatchUp } from "./catch-up.ts";
import { type NoteStore, Overtaken, type ReadFile } from "./files/note-store.ts";
import type { NoteIndex } from "./index/note-index.ts";
import { type Log, reasonOf } from "./log.ts";
import type { NoteDraft } from "./notes/note-draft.ts";
import { composeNoteFile, hashOf, type Note, parseNoteFile } from "./notes/note-file.ts";
import { newNoteId, type NoteId } from "./notes/note-id.ts";
import { Problem } from "./problem.ts";
import type { Quiet } from "./quiet.ts";
import type { Turns } from "./turns.ts";

/** A note as it is stored. */
export interface StoredNote extends Note {
  readonly id: NoteId;
  readonly etag: string;
  readonly bytes: number;
}

/** What a request asks of the note's present state; undefined parts ask nothing. `*` is any state of one that exists. */
export interface Precondition {
  readonly ifMatch?: readonly string[] | undefined;
  readonly ifNoneMatch?: readonly string[] | undefined;
}

export interface Written {
  readonly note: StoredNote;
  readonly isNew: boolean;
  /** Whether the index knows of it already; if not, it will. */
  readonly indexed: boolean;
}

interface Parts {
  readonly files: NoteStore;
  readonly index: NoteIndex;
  readonly turns: Turns;
  readonly quiet: Quiet;
  readonly catchUp: CatchUp;
  readonly maxBytes: number;
  readonly clock: () => Date;
  readonly log: Log;
}

/** Notes: the files are the truth, the index follows. What is answered has survived; what the index missed it catches up with. */
export class NoteService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws note-not-found and note-unreadable. */
  async read(id: NoteId): Promise<StoredNote> {
    const file = await this.#parts.files.read(id);
    if (file === undefined) throw new Problem("note-not-found", undefined, { id });
    return storedNote(id, file);
  }

  async create(draft: NoteDraft): Promise<Written> {
    return this.write(newNoteId(this.#parts.clock()), draft, { ifNoneMatch: ["*"] });
  }

  /** Writes a note as a whole. Throws precondition-failed and note-too-large. */
  async write(id: NoteId, draft: NoteDraft, precondition: Precondition): Promise<Written> {
    const { files, clock } = this.#parts;
    return this.#inTurn(id, async () => {
      const previous = await this.#fileToReplace(id);
      check(precondition, previous);
      const now = clock().toISOString();
      const created = previous === undefined ? now : (parseNoteFile(previous.content, id)?.created ?? now);
      const content = composeNoteFile({ ...draft, created, updated: now }, previous?.content);
      if (content.length > this.#parts.maxBytes) throw tooLarge(this.#parts.maxBytes);
      const stamp = await this.#orDoubt(files.write(id, content, previous));
      const note = storedNote(id, { content, ...stamp });
      const row = { id, note, etag: note.etag, ...stamp, checked: clock().getTime() };
      const indexed = await this.#follows((index) => index.put(row));
      return { note, isNew: previous === undefined, indexed };
    });
  }

  /** Throws note-not-found and precondition-failed. */
  async remove(id: NoteId, precondition: Precondition): Promise<void> {
    const { files } = this.#parts;
    await this.#inTurn(id, async () => {
      const previous = await this.#fileToReplace(id);
      check(precondition, previous);
      if (previous === undefined) throw new Problem("note-not-found", undefined, { id });
      await this.#orDoubt(files.remove(id, previous));
      await this.#follows((index) => index.remove(id));
    });
  }

  /** One write to a note after the other, and none while the service is quiet. */
  #inTurn<T>(id: NoteId, work: () => Promise<T>): Promise<T> {
    const { quiet, turns } = this.#parts;
    return quiet.write(() => turns.take([id], () => untilNotOvertaken(work)));
  }

  /** The present file. One that is too large to read has no content to compare, but can be replaced. */
  async #fileToReplace(id: NoteId): Promise<ReadFile | undefined> {
    return this.#parts.files.read(id).catch((error: unknown) => {
      if (Problem.is(error, "note-unreadable")) return { content: Buffer.alloc(0), bytes: 0, mtime: "" };
      throw error;
    });
  }

  /** A failed write may have taken place nevertheless: then the index has to be looked after. */
  async #orDoubt<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Overtaken) throw error;
      this.#parts.catchUp.doubt();
      throw error;
    }
  }

  /** Brings a change to the index. That it fails does not undo the write: the file has it. */
  async #follows(change: (index: NoteIndex) => Promise<void>): Promise<boolean> {
    try {
      await change(this.#parts.index);
      return true;
    } catch (error) {
      this.#parts.log("warn", "index-behind", { reason: reasonOf(error) });
      this.#parts.catchUp.doubt();
      return false;
    }
  }
}

/** How often another machine may be quicker with the same note. */
const PATIENCE = 5;

/** Looks at the note anew where another machine has changed it meanwhile: what the request asks of its state may no longer hold. */
async function untilNotOvertaken<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      if (attempt === PATIENCE) throw new Problem("storage-unavailable", error.message, { reason: "overtaken" });
    }
  }
}

/** The file is larger than `maxBytes`. */
export function tooLarge(maxBytes: number): Problem {
  return new Problem("note-too-large", `a note's file may have ${maxBytes} bytes`, { maxBytes });
}

function storedNote(id: NoteId, { content, bytes }: ReadFile): StoredNote {
  const note = parseNoteFile(content, id);
  if (note === undefined) throw new Problem("note-unreadable", "the file is not UTF-8", { id, reason: "not-utf-8" });
  return { id, ...note, etag: hashOf(content), bytes };
}

function check({ ifMatch, ifNoneMatch }: Precondition, file: ReadFile | undefined): void {
  const etag = file === undefined ? undefined : hashOf(file.content);
  const isAmong = (wanted: readonly string[]) => etag !== undefined && (wanted.includes("*") || wanted.includes(etag));
  const holds = (ifMatch === undefined || isAmong(ifMatch)) && (ifNoneMatch === undefined || !isAmong(ifNoneMatch));
  if (!holds) throw new Problem("precondition-failed", undefined, { etag: etag ?? null });
}
