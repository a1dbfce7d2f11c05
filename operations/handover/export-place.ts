import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** The place of an export: a folder on this computer, or a prefix in the team's own bucket. */
export interface ExportPlace {
  /** As people name it. */
  readonly name: string;
  /** Undefined: it is in no bucket. */
  readonly bucket: string | undefined;
  /** How many bytes a path may have here. */
  readonly longestPath: number;
  readonly journal: Journal;
  /** Makes it fit to be written to. */
  open(): Promise<void>;
  isEmpty(): Promise<boolean>;
  /** The current number of bytes at a path; undefined: nothing is there. */
  sizes(): Promise<(path: string) => number | undefined>;
  /** Undefined: nothing has this path. */
  read(path: string): Promise<Readable | undefined>;
  /** It has its path only when all of it is there: content that throws half-way leaves what was there. */
  write(path: string, content: Pieces, size?: number): Promise<void>;
  remove(paths: readonly string[]): Promise<void>;
  /** Lets `work` make these files on this computer. They have their paths here, in this order, once it has ended well. */
  made<Result>(paths: readonly string[], work: (fileOf: (path: string) => string) => Promise<Result>): Promise<Result>;
  /** Lets `work` read a file on this computer that has this path here. */
  locally<Result>(path: string, work: (file: string) => Promise<Result>): Promise<Result>;
  /** Removes the remains of interrupted work. */
  tidy(): void;
}

/** Lines of what has arrived so far: an export that broke off goes on from them. */
export interface Journal {
  lines(): AsyncIterable<string>;
  add(line: string): Promise<void>;
  /** Until what was added is kept for sure. */
  flush(): Promise<void>;
  remove(): Promise<void>;
}

/** Content in pieces. */
export type Pieces = AsyncIterable<Uint8Array>;

/** The lines of a text in pieces. */
export async function* linesOf(pieces: Readable): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: pieces, crlfDelay: Infinity });
  } finally {
    pieces.destroy();
  }
}
