import type { Gate } from "./gate.ts";

/** A question of the owner's plan that no run of gates answers, why, and the command that says something about it. */
export interface Unbuilt extends Gate {
  readonly why: string;
  readonly repeat: string;
}

const NONE = "";

/** What is asked and not measured by `tenantry gates`. */
export const unbuilt: readonly Unbuilt[] = [
  {
    id: "backends.litestream",
    phase: "all",
    name: "A local SQLite file streamed to the bucket",
    question:
      "Would Litestream beside a local SQLite file be faster than the tenant's database, and what does a restore take?",
    unit: "x",
    good: "below",
    cannotTell: NONE,
    why: "not built",
    repeat: "none yet",
  },
  {
    id: "backends.cloud-disk",
    phase: "all",
    name: "Tigris Cloud Disk, or a Sprite",
    question: "Would Tigris' own block device, or Fly's Sprite, hold the files better?",
    unit: "x",
    good: "below",
    cannotTell: NONE,
    why: "neither runs here",
    repeat: "only on real accounts",
  },
];
