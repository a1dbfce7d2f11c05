import { parseUrn } from "../../resource-kinds/urn.ts";
import { ANEW, LATER } from "./changes.ts";
import { tenantOf } from "../engine/steps.ts";
import type { Fingerprint, ResourcePrint } from "./fingerprint.ts";
import { kindOf } from "../../resource-kinds/kinds.ts";

/**
 * One thing that is no longer as it was reviewed. `desired`: what is declared. `state`: what exists. `due`: a credential has
 * become due since. `effect`: the same change would be applied in another way.
 */
export interface Move {
  readonly tenant: string;
  readonly resource: string;
  readonly what: "desired" | "state" | "due" | "effect";
  /** The setting; absent for the resource as a whole. */
  readonly path?: string;
  /** As JSON; absent: it was not there. */
  readonly reviewed?: string;
  readonly now?: string;
}

/** What moved since a plan was reviewed, by tenant and resource. Pure; empty exactly when both have the same hash. */
export function movesSince(reviewed: Fingerprint, now: Fingerprint): Move[] {
  const urns = [...new Set([...Object.keys(reviewed), ...Object.keys(now)])];
  const moves = urns
    .map((urn) => ({ urn, tenant: tenantOf(urn), resource: resourceOf(urn) }))
    .sort((one, other) => compare(one.tenant, other.tenant) || compare(one.urn, other.urn))
    .flatMap(({ urn, tenant, resource }) =>
      movesOf(reviewed[urn], now[urn]).map((move) => ({ tenant, resource, ...move })),
    );
  return moves.filter((move) => !isEcho(move, moves));
}

/** What is only not known yet, or known by now, follows from another move of the same tenant. */
function isEcho(move: Move, moves: readonly Move[]): boolean {
  const hangsOn = ({ reviewed, now }: Move) => reviewed === LATER || now === LATER;
  return hangsOn(move) && moves.some((other) => other.tenant === move.tenant && !hangsOn(other));
}

type Part = Omit<Move, "tenant" | "resource">;

function movesOf(before: ResourcePrint | undefined, after: ResourcePrint | undefined): Part[] {
  const state = stateMoves(before, after);
  const desired = desiredMoves(before, after, state.length > 0);
  if (state.length + desired.length > 0 || before?.action === after?.action) return [...state, ...desired];
  return [{ what: "effect", ...known("reviewed", before?.action), ...known("now", after?.action) }];
}

function stateMoves(before: ResourcePrint | undefined, after: ResourcePrint | undefined): Part[] {
  if (before?.prior === undefined && after?.prior === undefined) return [];
  if (before?.prior === undefined) return [{ what: "state", now: "it exists" }];
  if (after?.prior === undefined) return [{ what: "state", reviewed: "it existed" }];
  const settings = differing(before.prior, after.prior).map((found): Part => ({ what: "state", ...found }));
  const id = differing(own("(id)", before.id), own("(id)", after.id)).map((found): Part => ({
    what: "state",
    ...found,
  }));
  if (settings.length + id.length > 0 || before.outputs === after.outputs) return [...id, ...settings];
  return [{ what: "state", path: "(outputs)" }];
}

function desiredMoves(before: ResourcePrint | undefined, after: ResourcePrint | undefined, hasMoved: boolean): Part[] {
  const [wanted, wants] = [desiredOf(before), desiredOf(after)];
  if (wanted === undefined && wants === undefined) return [];
  if (wanted === undefined) return [{ what: "desired", now: "it is declared" }];
  if (wants === undefined) return [{ what: "desired", reviewed: "it was declared" }];
  return differing(wanted, wants).flatMap((found): Part[] => {
    if (found.path !== "issued") return [{ what: "desired", ...found }];
    if (found.now === ANEW) return [{ what: "due" }];
    // Whoever minted a new one has moved the state, and that says it.
    return hasMoved ? [] : [{ what: "desired", ...found }];
  });
}

/** All settings a resource was going to have; undefined: it was going to be absent. */
function desiredOf(print: ResourcePrint | undefined): Readonly<Record<string, string>> | undefined {
  if (print?.desired == null) return undefined;
  const all = Object.entries({ ...print.prior, ...print.desired });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

function differing(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) => ({ path, ...known("reviewed", before[path]), ...known("now", after[path]) }));
}

function own(path: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [path]: value };
}

function known<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string };
}

function resourceOf(urn: string): string {
  const { types, name } = parseUrn(urn);
  const word = kindOf(types.at(-1) ?? "")?.word ?? "resource";
  return name.includes("/") || tenantOf(urn) !== name ? `${word} ${name.slice(name.indexOf("/") + 1)}` : word;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A move as a line for people: `acme: machine config.guest.memory_mb: reviewed 512, now 1024 (state)`. */
export function moveLine({ tenant, resource, what, path, reviewed, now }: Move): string {
  const head = `${tenant}: ${resource}${path === undefined ? "" : ` ${path}`}`;
  switch (what) {
    case "due":
      return `${head}: has become due for rotation since the review`;
    case "effect":
      return `${head}: reviewed as ${reviewed ?? "no change"}, it would now be ${now ?? "no change"}`;
    case "desired":
    case "state": {
      const side = what === "desired" ? "declared otherwise" : "changed since";
      if (path === "(outputs)") return `${tenant}: ${resource}: ${side}: the vendor shows something else`;
      if (path === undefined) return `${head}: ${presence(what, reviewed)}`;
      return `${head}: ${side}: reviewed ${reviewed ?? "nothing"}, now ${now ?? "nothing"}`;
    }
  }
}

function presence(what: "desired" | "state", reviewed: string | undefined): string {
  if (what === "state")
    return reviewed === undefined ? "exists now, and did not when reviewed" : "existed when reviewed, and is gone";
  return reviewed === undefined
    ? "is declared now, and was not when reviewed"
    : "was declared when reviewed, and is no longer";
}
