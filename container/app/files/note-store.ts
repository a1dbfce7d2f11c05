import type { NoteId } from "../notes/note-id.ts";

/** By what a change of a file is suspected without reading it. */
export interface Stamp {
  readonly bytes: number;
  /** When it was changed: nanoseconds, as decimal digits, more than a number holds. Of an object `etag:` and its ETag. */
  readonly mtime: string;
}

/** Begins the `mtime` of a stamp that no other content has. */
export const ETAG = "etag:";

export interface ReadFile extends Stamp {
  readonly content: Buffer;
}

/** A file of the folder that is no note, and why. */
export interface OddFile {
  readonly name: string;
  readonly reason: "name" | "not-a-file" | "too-large" | "not-utf-8";
}

export interface Listing {
  readonly notes: readonly ({ readonly id: NoteId } & Stamp)[];
  readonly odd: readonly OddFile[];
}

/** What holds the notes. Every method throws storage-unavailable where it cannot be reached. */
export interface NoteStore {
  /** A note's file; undefined where there is none. Throws note-unreadable where it is larger than notes are. */
  read(id: NoteId): Promise<ReadFile | undefined>;
  /**
   * Writes a note's file for good: when this returns it survives a crash, when it throws it may be there or not, and never half.
   *
   * @param over what the caller has seen there; throws Overtaken where the store can tell that it is no longer so
   */
  write(id: NoteId, content: Uint8Array, over: Stamp | undefined): Promise<Stamp>;
  /** Removes a note's file for good. Throws Overtaken as `write` does. */
  remove(id: NoteId, over: Stamp): Promise<void>;
  /** All notes, at most `atOnce` looked at at a time. */
  list(atOnce: number): Promise<Listing>;
  /** Throws where notes cannot be kept. */
  probe(): Promise<void>;
}

/** Another machine has changed the note since it was read: nothing was written. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}
