import { posix } from "node:path";

import { KEY_BYTES, SEGMENT_BYTES } from "./carried-names.ts";
import { clashes, foldersOf } from "./clashes.ts";
import { exactly, type Spelling } from "./file-system-spelling.ts";
import type { Base } from "./sync-memory.ts";
import { type Files, isSame, type Listing, type Skipped, type Version } from "./version.ts";

export type Direction = "pull" | "push";

/** A file to be transferred from the source to the target. */
export interface Transfer {
  readonly path: string;
  readonly version: Version;
  /** Its path at the target: another one for a conflict. */
  readonly as: string;
}

/** What a pull or a push does. Pulling, the bucket is the source and the folder the target; pushing, the other way round. */
export interface SyncPlan {
  readonly created: readonly Transfer[];
  /** Changed at the source only. */
  readonly updated: readonly Transfer[];
  /** Changed on both sides: the target's file stays, the source's arrives beside it. */
  readonly conflicts: readonly Transfer[];
  /** Gone from the source and unchanged at the target since. Carried out only when asked for. */
  readonly gone: readonly string[];
  /** Gone from the source, but changed at the target since: kept. */
  readonly kept: readonly string[];
  /** Deleted in the bucket and unchanged in the folder: not pushed again. */
  readonly deletedThere: readonly string[];
  /** Equal on both sides. */
  readonly same: readonly string[];
  /** What the source has and the target should get, and cannot: it is on its own side still. */
  readonly refused: readonly Refusal[];
}

/** A file or a folder that is not carried, and why. */
export interface Refusal {
  readonly path: string;
  readonly reason: string;
}

export interface SyncState {
  readonly direction: Direction;
  readonly local: Listing;
  readonly remote: Listing;
  readonly base: Pick<Base, "get">;
  /** Whose version it is, for the names of conflict files. */
  readonly label: string;
  /** How the folder's file system compares names. */
  readonly spelling?: Spelling;
}

type Kind = Exclude<keyof SyncPlan, "refused"> | "nothing";

const CARRIED: readonly Kind[] = ["created", "updated", "conflicts"];

/** Compares three ways: both sides, and what they held when they last met. Versions that can't be compared count as different. */
export function syncPlan(state: SyncState): SyncPlan {
  const { spelling = exactly } = state;
  const { source, target } = sidesOf(state);
  const impossible = clashes(state, spelling);
  const paths = [...new Set([...state.local.files.keys(), ...state.remote.files.keys()])].sort();
  const kinds = paths.map((path) => ({ path, kind: kindOf(state, path), reason: impossible.get(path) }));
  const isRefused = ({ kind, reason }: (typeof kinds)[number]) => CARRIED.includes(kind) && reason !== undefined;
  const of = (kind: Kind) => kinds.filter((each) => each.kind === kind && !isRefused(each)).map(({ path }) => path);
  const carried = (kind: Kind, as: (path: string, version: Version) => string = (path) => path) =>
    of(kind).flatMap((path) => {
      const version = source.files.get(path);
      return version === undefined ? [] : [{ path, version, as: as(path, version) }];
    });
  const conflictNames = freeConflictPaths(target.files, state.label, spelling);
  return {
    created: carried("created"),
    updated: carried("updated"),
    conflicts: carried("conflicts", conflictNames),
    gone: of("gone"),
    kept: of("kept"),
    deletedThere: of("deletedThere"),
    same: of("same"),
    refused: [
      ...kinds.filter(isRefused).map(({ path, reason = "" }) => ({ path, reason })),
      ...behindSkipped(state),
      ...[...source.skipped].flatMap(([path, { reason, isRefused: is }]) => (is ? [{ path, reason }] : [])),
    ],
  };
}

/** The bucket's files below something in the folder that is not read. A push has nothing there. */
function behindSkipped({ direction, local, remote }: SyncState): Refusal[] {
  if (direction === "push" || local.skipped.size === 0) return [];
  return [...remote.files.keys()].flatMap((path) => {
    const there = skippedAt(local.skipped, path);
    if (there === undefined) return [];
    return [{ path, reason: there.isRefused ? there.reason : `what is in its place here is ${there.reason}` }];
  });
}

/** What is not carried at this path or above it. */
function skippedAt(skipped: Listing["skipped"], path: string): Skipped | undefined {
  const place = [...foldersOf(path), path].find((each) => skipped.has(each));
  return place === undefined ? undefined : skipped.get(place);
}

function sidesOf({ direction, local, remote }: Pick<SyncState, "direction" | "local" | "remote">): {
  readonly source: Listing;
  readonly target: Listing;
} {
  return direction === "pull" ? { source: remote, target: local } : { source: local, target: remote };
}

function kindOf(state: SyncState, path: string): Kind {
  // What is not looked at may be there: it is neither new nor gone.
  if (state.remote.skipped.has(path) || skippedAt(state.local.skipped, path) !== undefined) return "nothing";
  const { source, target } = sidesOf(state);
  const [from, to] = [source.files.get(path), target.files.get(path)];
  const base = state.base.get(path);
  const [baseFrom, baseTo] = state.direction === "pull" ? [base?.remote, base?.local] : [base?.local, base?.remote];
  if (from === undefined) {
    if (to === undefined || baseFrom === undefined || baseTo === undefined) return "nothing";
    return to.id === baseTo ? "gone" : "kept";
  }
  if (to === undefined) {
    // A note that the app has deleted must not rise again by a push; a file missing here is what a pull is for.
    const wasThere = state.direction === "push" && baseTo !== undefined && from.id === baseFrom;
    return wasThere ? "deletedThere" : "created";
  }
  if (isSame(from, to) === true) return "same";
  if (from.id === baseFrom) return "nothing";
  return to.id === baseTo ? "updated" : "conflicts";
}

/** Paths that only their contents can distinguish: the same size, at least one uploaded in parts, and no base. */
export function unsurePaths(state: SyncState): string[] {
  return syncPlan(state)
    .conflicts.map(({ path }) => path)
    .filter((path) => {
      const [here, there] = [state.local.files.get(path), state.remote.files.get(path)];
      return here !== undefined && there !== undefined && isSame(here, there) === undefined;
    });
}

/**
 * Names for the copies of conflicts, each of which the target does not have, or has with that very content: a copy that
 * somebody has edited since must not pass for this version. Then all digits are used, and then a number.
 */
function freeConflictPaths(
  target: Files,
  label: string,
  spelling: Spelling,
): (path: string, version: Version) => string {
  const taken = new Map([...target].map(([path, version]) => [spelling(path), { path, version }]));
  return (path, version) => {
    const isFree = (as: string) => {
      const there = taken.get(spelling(as));
      return there === undefined || (there.path === as && isSame(version, there.version) === true);
    };
    const names = [8, version.id.length].map((digits) => conflictPath(path, label, version, { digits }));
    for (let number = 2; !names.some(isFree); number += 1)
      names.push(conflictPath(path, label, version, { digits: version.id.length, number }));
    const as = names.find(isFree) ?? path;
    taken.set(spelling(as), { path: as, version });
    return as;
  };
}

/**
 * `notes/a.md` becomes `notes/a.conflict-<label>-<8 digits of its id>.md`: the same conflict has the same name again. Of a
 * long name the end is left out, so that the copy's name is not longer than a name may be.
 */
export function conflictPath(
  path: string,
  label: string,
  { id }: Version,
  { digits = 8, number }: { digits?: number; number?: number } = {},
): string {
  const { dir, name, ext } = posix.parse(path);
  const mark = `.conflict-${label}-${id.slice(0, digits)}${number === undefined ? "" : `-${number}`}`;
  const most = Math.min(SEGMENT_BYTES, KEY_BYTES - Buffer.byteLength(dir) - 1);
  if (Buffer.byteLength(name + mark + ext) <= most) return posix.join(dir, `${name}${mark}${ext}`);
  // What follows the last dot may be half a sentence.
  const [stem, end] = Buffer.byteLength(ext) > LONGEST_EXTENSION ? [name + ext, ""] : [name, ext];
  return posix.join(dir, `${cut(stem, most - Buffer.byteLength(mark + end))}${mark}${end}`);
}

/** Bytes. */
const LONGEST_EXTENSION = 16;

/** As much of the text as these bytes hold, without half a character at its end. */
function cut(text: string, bytes: number): string {
  let [short, left] = ["", bytes];
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= Buffer.byteLength(segment);
    if (left < 0) break;
    short += segment;
  }
  return short;
}
