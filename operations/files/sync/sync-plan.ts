import { posix } from "node:path";

import type { Base } from "./sync-base.ts";
import { type Files, isSame, type Version } from "./version.ts";

export type Direction = "pull" | "push";

/** A file to be carried from the source to the target. */
export interface Carriage {
  readonly path: string;
  readonly version: Version;
  /** Its path at the target: another one for a conflict. */
  readonly as: string;
}

/** What a pull or a push does. Pulling, the bucket is the source and the folder the target; pushing, the other way round. */
export interface SyncPlan {
  readonly created: readonly Carriage[];
  /** Changed at the source only. */
  readonly updated: readonly Carriage[];
  /** Changed on both sides: the target's file stays, the source's arrives beside it. */
  readonly conflicts: readonly Carriage[];
  /** Gone from the source and unchanged at the target since. Carried out only when asked for. */
  readonly gone: readonly string[];
  /** Gone from the source, but changed at the target since: kept. */
  readonly kept: readonly string[];
  /** Deleted in the bucket and unchanged in the folder: not pushed again. */
  readonly deletedThere: readonly string[];
  /** Equal on both sides. */
  readonly same: readonly string[];
}

export interface SyncState {
  readonly direction: Direction;
  readonly local: Files;
  readonly remote: Files;
  readonly base: Base;
  /** Whose version it is, for the names of conflict files. */
  readonly label: string;
}

type Kind = keyof SyncPlan | "nothing";

/** Compares three ways: both sides, and what they held when they last met. Versions that can't be compared count as different. */
export function syncPlan(state: SyncState): SyncPlan {
  const { local, remote } = state;
  const { source, target } = sidesOf(state);
  const paths = [...new Set([...local.keys(), ...remote.keys()])].sort();
  const kinds = paths.map((path) => ({ path, kind: kindOf(state, path) }));
  const of = (kind: Kind) => kinds.filter((each) => each.kind === kind).map(({ path }) => path);
  const carried = (kind: Kind, as: (path: string, version: Version) => string = (path) => path) =>
    of(kind).flatMap((path) => {
      const version = source.get(path);
      return version === undefined ? [] : [{ path, version, as: as(path, version) }];
    });
  return {
    created: carried("created"),
    updated: carried("updated"),
    conflicts: carried("conflicts", (path, version) => freeConflictPath(path, state.label, version, target)),
    gone: of("gone"),
    kept: of("kept"),
    deletedThere: of("deletedThere"),
    same: of("same"),
  };
}

function sidesOf({ direction, local, remote }: Pick<SyncState, "direction" | "local" | "remote">) {
  return direction === "pull" ? { source: remote, target: local } : { source: local, target: remote };
}

function kindOf(state: SyncState, path: string): Kind {
  const { source, target } = sidesOf(state);
  const [from, to] = [source.get(path), target.get(path)];
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

/** Paths that only their content can tell apart: of the same size, at least one uploaded in parts, and no base to go by. */
export function unsurePaths(state: SyncState): string[] {
  return syncPlan(state)
    .conflicts.map(({ path }) => path)
    .filter((path) => {
      const [here, there] = [state.local.get(path), state.remote.get(path)];
      return here !== undefined && there !== undefined && isSame(here, there) === undefined;
    });
}

/** A copy that somebody has edited since must not pass for this version: then all digits are used. */
function freeConflictPath(path: string, label: string, version: Version, target: Files): string {
  const usual = conflictPath(path, label, version);
  const there = target.get(usual);
  const isFree = there === undefined || isSame(version, there) !== false;
  return isFree ? usual : conflictPath(path, label, version, version.id.length);
}

/** `notes/a.md` becomes `notes/a.conflict-<label>-<8 digits of its id>.md`: the same conflict has the same name again. */
export function conflictPath(path: string, label: string, { id }: Version, digits = 8): string {
  const { dir, name, ext } = posix.parse(path);
  return posix.join(dir, `${name}.conflict-${label}-${id.slice(0, digits)}${ext}`);
}
