import { createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

/** A place in the log of all writes to a database: its state then is made of the frames before it. */
export interface LogPosition {
  /** Which log. After an unclean end sqld begins another one, from the database as it found it. */
  readonly log: string;
  /** Frames since the log began. */
  readonly frames: number;
}

/*
 * sqld's log (libsql-server/src/replication/primary/logger.rs, LogFileHeader and FrameHeader): a head of 64 bytes, and frames of
 * 24 bytes and a page. All little-endian. The head counts only what was committed.
 */
const HEAD = { size: 64, logId: [16, 32], first: 32, count: 40, pageSize: 52 } as const;
const FRAME = { head: 24, page: 16, sizeAfter: 20 } as const;

interface LogHead extends LogPosition {
  readonly pageSize: number;
  /** Frames before the first that the log still has: older ones were merged. */
  readonly first: number;
}

/** Where the log ends. Undefined: there is none. */
export async function endOfLog(fileName: string): Promise<LogPosition | undefined> {
  const file = await open(fileName).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const head = await headOf(file);
    return head === undefined ? undefined : { log: head.log, frames: head.frames };
  } finally {
    await file.close();
  }
}

async function headOf(file: FileHandle): Promise<LogHead | undefined> {
  const head = Buffer.alloc(HEAD.size);
  if ((await file.read(head, 0, HEAD.size, 0)).bytesRead < HEAD.size) return undefined;
  const first = Number(head.readBigUInt64LE(HEAD.first));
  return {
    log: head.subarray(...HEAD.logId).toString("hex"),
    first,
    frames: first + Number(head.readBigUInt64LE(HEAD.count)),
    pageSize: head.readInt32LE(HEAD.pageSize),
  };
}

/**
 * Makes the SQLite file that a database was at a place of its log. False: the log does not reach back so far. Memory holds the
 * number of each page, not its content.
 */
export async function databaseAt(fileName: string, { log, frames }: LogPosition, target: string): Promise<boolean> {
  const file = await open(fileName);
  try {
    const head = await headOf(file);
    if (head?.log !== log || head.first > 0 || head.frames < frames) return false;
    await mkdir(dirname(target), { recursive: true });
    const pages = await pagesAt(file, head.pageSize, frames);
    await pipeline(contentOf(file, head.pageSize, pages), createWriteStream(`${target}.new`));
    await rename(`${target}.new`, target);
    return true;
  } finally {
    await file.close();
  }
}

/** Where in the log each page's content is, in the order of the pages. */
async function pagesAt(file: FileHandle, pageSize: number, frames: number): Promise<number[]> {
  const places = new Map<number, number>();
  const open = new Map<number, number>();
  let size = 0;
  const head = Buffer.alloc(FRAME.head);
  for (let frame = 0; frame < frames; frame += 1) {
    const at = HEAD.size + frame * (FRAME.head + pageSize);
    await file.read(head, 0, FRAME.head, at);
    open.set(head.readUInt32LE(FRAME.page), at + FRAME.head);
    const sizeAfter = head.readUInt32LE(FRAME.sizeAfter);
    // Only the last frame of a transaction tells how large the database is after it.
    if (sizeAfter === 0) continue;
    for (const [page, place] of open) places.set(page, place);
    open.clear();
    size = sizeAfter;
  }
  return Array.from({ length: size }, (_, page) => places.get(page + 1) ?? 0);
}

async function* contentOf(file: FileHandle, pageSize: number, places: readonly number[]): AsyncGenerator<Buffer> {
  for (const at of places) {
    const page = Buffer.alloc(pageSize);
    // A page that nobody has written yet is empty.
    if (at > 0) await file.read(page, 0, pageSize, at);
    yield page;
  }
}
