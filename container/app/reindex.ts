import { atMost } from "./at-most.ts";
import { ETAG, type NoteStore, type OddFile, type Stamp } from "./files/note-store.ts";
import { TRANSACTION } from "./index/shared-round-trips.ts";
import type { Indexed, NoteIndex, Remembered } from "./index/note-index.ts";
import { hashOf, parseNoteFile } from "./notes/note-file.ts";
import type { NoteId } from "./notes/note-id.ts";
import { Problem } from "./problem.ts";
import type { Turns } from "./turns.ts";

/** What a reindex found and did, in numbers of files. */
export interface ReindexReport {
  readonly files: number;
  /** Not read: size and time of last change are those of the last look. */
  readonly untouched: number;
  /** Read, and found to have the content that was known. */
  readonly confirmed: number;
  readonly indexed: number;
  readonly removed: number;
  /** Files that are no notes; the first hundred. */
  readonly odd: readonly OddFile[];
  readonly ms: number;
}

export interface ReindexOptions {
  readonly files: NoteStore;
  readonly index: NoteIndex;
  readonly turns: Turns;
  readonly atOnce: number;
  readonly clock: () => Date;
  /** Read every file and write every row, whatever the index remembers. */
  readonly full: boolean;
  readonly signal: AbortSignal;
}

/**
 * A file that changed shortly before it was last looked at may have changed once more within the same tick of the file
 * system's clock: a bucket's has whole seconds, and may run apart from ours.
 */
const SAME_TICK_MS = 3000;

type Listed = { readonly id: NoteId } & Stamp;
type Look =
  | { readonly is: "indexed"; readonly row: Indexed }
  | { readonly is: "confirmed"; readonly row: Indexed }
  | { readonly is: "gone"; readonly id: NoteId };

/** Makes the index say what the files say. Notes that are written meanwhile keep their order: each is looked at in its turn. */
export async function reindex(options: ReindexOptions): Promise<ReindexReport> {
  const { files, index, atOnce, clock, full, signal } = options;
  const started = clock().getTime();
  const [remembered, listing] = await Promise.all([index.remembered(), files.list(atOnce)]);
  const present = new Set<string>(listing.notes.map(({ id }) => id));
  const suspects = listing.notes.filter((file) => full || !isUntouched(file, remembered.get(file.id)));
  const gone = [...remembered.keys()].filter((id) => !present.has(id)).map((id) => ({ id, bytes: 0, mtime: "" }));

  // Two chunks at a time: one is read while the other is written.
  const looks = await atMost(2, chunksOf([...suspects, ...gone]), async (chunk) => {
    signal.throwIfAborted();
    return lookAgain(chunk, remembered, options);
  });
  if (full) await index.rebuildFullText();

  const count = (is: Look["is"]) => looks.flat().filter((look) => look.is === is).length;
  const unreadable = looks.flat().flatMap((look) => (look.is === "gone" && present.has(look.id) ? [look.id] : []));
  const odd = [...listing.odd, ...unreadable.map((id) => ({ name: `${id}.md`, reason: "not-utf-8" as const }))];
  return {
    files: listing.notes.length,
    untouched: listing.notes.length - suspects.length,
    confirmed: count("confirmed"),
    indexed: count("indexed"),
    removed: looks.flat().filter((look) => look.is === "gone" && remembered.has(look.id)).length,
    odd: odd.slice(0, 100),
    ms: clock().getTime() - started,
  };
}

function isUntouched(file: Stamp, known: Remembered | undefined): boolean {
  if (known === undefined || known.bytes !== file.bytes || known.mtime !== file.mtime) return false;
  if (file.mtime.startsWith(ETAG)) return true;
  return Number(BigInt(file.mtime) / 1_000_000n) + SAME_TICK_MS < known.checked;
}

function chunksOf(files: readonly Listed[]): Listed[][] {
  const chunks: Listed[][] = [];
  let [chunk, bytes]: [Listed[], number] = [[], 0];
  for (const file of files) {
    if (chunk.length >= TRANSACTION.statements || (chunk.length > 0 && bytes + file.bytes > TRANSACTION.bytes)) {
      chunks.push(chunk);
      [chunk, bytes] = [[], 0];
    }
    chunk.push(file);
    bytes += file.bytes;
  }
  return chunk.length === 0 ? chunks : [...chunks, chunk];
}

async function lookAgain(
  chunk: readonly Listed[],
  remembered: ReadonlyMap<NoteId, Remembered>,
  { files, index, turns, atOnce, clock, full }: ReindexOptions,
): Promise<Look[]> {
  const ids = chunk.map(({ id }) => id);
  return turns.take(ids, async () => {
    const looks = await atMost(Math.max(1, Math.ceil(atOnce / 2)), ids, async (id): Promise<Look> => {
      const row = await rowFrom(files, id, clock);
      if (row === undefined) return { is: "gone", id };
      return { is: !full && remembered.get(id)?.etag === row.etag ? "confirmed" : "indexed", row };
    });
    const rows = (is: Look["is"]) => looks.flatMap((look) => (look.is === is && look.is !== "gone" ? [look.row] : []));
    const changedMeanwhile = await index.confirm(...rows("confirmed"));
    await index.put(...rows("indexed"), ...changedMeanwhile);
    await index.remove(...looks.flatMap((look) => (look.is === "gone" ? [look.id] : [])));
    return looks;
  });
}

/** What the index has to say of a note; undefined where there is no file that can be read. */
async function rowFrom(files: NoteStore, id: NoteId, clock: () => Date): Promise<Indexed | undefined> {
  const checked = clock().getTime();
  const file = await files.read(id).catch((error: unknown) => {
    if (Problem.is(error, "note-unreadable")) return undefined;
    throw error;
  });
  const note = file === undefined ? undefined : parseNoteFile(file.content, id);
  if (file === undefined || note === undefined) return undefined;
  return { id, note, etag: hashOf(file.content), bytes: file.bytes, mtime: file.mtime, checked };
}
