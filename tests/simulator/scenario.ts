import { parse, stringify } from "yaml";

import { ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import { withSettings } from "../../tenants/edits/setting-text.ts";
import { exportedText, resumedText, withState } from "../../tenants/edits/state-text.ts";
import { parseTenant } from "../../tenants/parse-tenant.ts";
import type { TenantFile } from "../../tenants/model/tenant-file.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { VALUES, withSetting } from "../faults/settings.ts";
import { committedPlans } from "../tenants/plans.ts";
import type { Chance } from "./chance.ts";
import { chanceOf } from "./chance.ts";
import { DEEDS } from "./outsiders.ts";
import { storedObject } from "./vendors/tigris.ts";

/** What a tenant's file says from a move on. */
export type Edit =
  | { readonly kind: "set"; readonly path: string; readonly value: unknown }
  | { readonly kind: "none" | "age" | "epoch" | "suspend" | "resume" | "to a volume" | "back" | "drop the volume" }
  | { readonly kind: "close" | "give up" | "purge" };

/** One move of a simulation: an edit, what disturbs the runs that bring it about, and a calm run. */
export interface Move {
  readonly edit: Edit;
  /** Share of calls that do not simply go well in the disturbed runs. */
  readonly trouble: number;
  /** How many disturbed runs there are before the calm one. */
  readonly tries: number;
  /** Whether those ask the vendors first. */
  readonly refresh: boolean;
  /** What happens when so many calls of the disturbed run have arrived. */
  readonly kill?: number;
  readonly cancel?: number;
  readonly outsider?: { readonly at: number; readonly deed: string };
  /** Somebody has deleted the app before, and another team has made one under its name, which it gives up in the end. */
  readonly isAppTaken?: boolean;
  /** A snapshot is taken first, while an app writes; what is lost then may be restored. Each may be killed at some call. */
  readonly cut?: { readonly kill?: number; readonly restore?: { readonly kill?: number } | undefined };
  /** Another team wants the same tenant at the same time. */
  readonly rival: boolean;
}

export const ID = "acme";
/** A tenant beside it that never changes. */
const NEIGHBOUR = "bolt";

/** What apps write: the same into every bucket. */
export const OBJECT = { key: "notes/kept.md", content: "kept" } as const;

export const BEGINNING: TenantFile = {
  owner: "ops@acme.example",
  storage: { snapshots: true },
  machine: { image: "ghcr.io/acme/agent:1.4.2", env: { LOG_LEVEL: "info" } },
  access: [{ name: "alice", mode: "read-only" }],
};

const PLANS = committedPlans();

/** The moves of a seed. */
export function movesOf(seed: number): readonly Move[] {
  const chance = chanceOf(seed * 7919 + 17);
  const cutting = chanceOf(seed * 104_729 + 5);
  const taking = chanceOf(seed * 15_485_863 + 3);
  const count = chance.between({ least: 3, most: 9 });
  const hasRival = chance.is(0.25);
  const moves = Array.from({ length: count }, (_, at): Move => {
    const edit: Edit = at === 0 ? { kind: "none" } : anyEdit(chance);
    const rival = hasRival && (at === 0 || chance.is(0.3));
    const disturbed = disturbance(chance, at);
    // Of a mark that takes longer to come than anybody waits for it no second look tells (docs/simulator.md).
    const calmed = rival && at === 0 ? { trouble: 0 } : {};
    const cut = cutting.is(0.4) ? { cut: anyCut(cutting) } : {};
    // What an outsider did next, or another team that wants the tenant, could meet that app too.
    const isTaken = at > 0 && taking.is(0.08) && !hasRival && disturbed.outsider === undefined;
    const taken = isTaken ? { isAppTaken: true } : {};
    return { edit, rival, refresh: cutting.is(0.3), ...disturbed, ...calmed, ...cut, ...taken };
  });
  if (!chance.is(0.25)) return moves;
  const leaving = (["close", "give up", "purge"] as const).map((kind): Move => ({
    edit: { kind },
    rival: false,
    refresh: cutting.is(0.3),
    ...disturbance(chance, 1),
  }));
  return [...moves, ...leaving];
}

function disturbance(chance: Chance, at: number): Omit<Move, "edit" | "rival" | "refresh"> {
  const number = () => chance.between({ least: 1, most: 60 });
  return {
    trouble: chance.of(0, 0.02, 0.06, 0.15, 0.3),
    tries: chance.between({ least: 1, most: 2 }),
    ...(chance.is(0.12) ? { kill: number() } : {}),
    ...(chance.is(0.06) ? { cancel: number() } : {}),
    ...(at > 0 && chance.is(0.35) ? { outsider: { at: number(), deed: chance.of(...Object.keys(DEEDS)) } } : {}),
  };
}

function anyCut(chance: Chance): NonNullable<Move["cut"]> {
  const killed = (most: number) => (chance.is(0.2) ? { kill: chance.between({ least: 1, most }) } : {});
  return { ...killed(4), ...(chance.is(0.5) ? { restore: killed(12) } : {}) };
}

function anyEdit(chance: Chance): Edit {
  if (chance.is(0.5)) {
    const path = chance.of(...Object.keys(VALUES));
    return { kind: "set", path, value: chance.of(...(VALUES[path] ?? [])) };
  }
  return { kind: chance.of("none", "age", "epoch", "suspend", "resume", "to a volume", "back", "drop the volume") };
}

/** The file after an edit; as before, when that is no valid file or means nothing here. */
export function edited(file: TenantFile, edit: Edit): TenantFile {
  const next = changed(file, edit);
  return next !== undefined && tenantOf(ID, next) !== undefined ? next : file;
}

function changed(file: TenantFile, edit: Edit): TenantFile | undefined {
  const hasVolume = file.storage?.backend === "fly-volume" || file.storage?.kept !== undefined;
  const isLeaving = file.state === "offboarding";
  switch (edit.kind) {
    case "set":
      // What it would do to a volume, its protection refuses.
      if (isLeaving || edit.path === "hold" || (hasVolume && /^machine\.region|^storage/.test(edit.path)))
        return undefined;
      return withSetting(file, edit.path, edit.value);
    case "epoch": {
      const value = (file.rotation?.epoch ?? 1) + 1;
      return asWritten(file, (text) => withSettings(text, [{ path: ["rotation", "epoch"], value }]));
    }
    case "suspend":
      return asWritten(file, (text) => withState(text, "suspended", "unpaid"));
    case "resume":
      return asWritten(file, resumedText);
    case "to a volume":
      if (hasVolume) return undefined;
      return {
        ...file,
        storage: { ...file.storage, backend: "fly-volume", volume: { sizeGb: 2 }, kept: { tigris: "protected" } },
        mount: {},
      };
    case "back":
      if (file.storage?.backend !== "fly-volume") return undefined;
      return { ...file, storage: { ...file.storage, backend: "tigris", kept: { "fly-volume": "released" } } };
    case "drop the volume": {
      if (file.storage?.kept?.["fly-volume"] !== "released") return undefined;
      const { kept: _, volume: __, ...storage } = file.storage;
      return { ...file, storage };
    }
    case "close":
      return hasVolume ? undefined : asWritten(file, (text) => withState(text, "suspended", undefined));
    case "give up":
      if (hasVolume || file.state !== "suspended") return undefined;
      return asWritten(file, (text) => exportedText(text, manifest(), "2026-01-01"));
    case "purge":
      return isLeaving ? asWritten(file, (text) => withState(text, "purged", undefined)) : undefined;
    default:
      return file;
  }
}

/** The file as `rotate`, `suspend`, `resume` and `offboard` write it. */
function asWritten(file: TenantFile, edit: (text: string) => string): TenantFile {
  return parse(edit(stringify(file))) as TenantFile;
}

/** What an export of the bucket would list. */
function manifest() {
  const digest = new ContentsDigest();
  const { etag, size } = storedObject(OBJECT.content, 0);
  digest.add({ kind: "object", key: OBJECT.key, etag, size, at: 0 });
  return { path: "exports/manifest.jsonl", sha256: "0".repeat(64), contents: digest.hex() };
}

/** The tenant that a file describes. Undefined: the file is refused. */
function tenantOf(id: string, file: TenantFile): Tenant | undefined {
  const parsed = parseTenant(JSON.stringify(file), `${id}.yaml`, PLANS);
  return parsed.ok ? parsed.value : undefined;
}

/** The tenants of a stack whose one tenant has this file. */
export function tenantsOf(file: TenantFile, hasNeighbour: boolean): readonly Tenant[] {
  const own = tenantOf(ID, file);
  const neighbour = hasNeighbour ? tenantOf(NEIGHBOUR, BEGINNING) : undefined;
  return [own, neighbour].filter((each) => each !== undefined);
}
