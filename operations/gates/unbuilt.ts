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
    id: "backends.cloud-disk",
    phase: "all",
    name: "Tigris Cloud Disk",
    question: "Would Tigris' own block device, a bucket as a disk, hold files and index better?",
    unit: "x",
    good: "below",
    isAlternative: true,
    cannotTell: NONE,
    why: "its program is Tigris' own, in beta, and not to be had as a package; it needs the kernel's module nbd",
    repeat:
      "sudo -E cloud-disk create notes -size 10G, on a machine with a bucket's key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; then the app with MOUNT_PATH=/mnt/cloud-disk/notes and DATABASE_FILE=/mnt/cloud-disk/notes/index.db",
  },
  {
    id: "backends.sprite",
    phase: "all",
    name: "A Sprite",
    question: "Would Fly's Sprite, a machine whose disk is kept in object storage, hold files and index better?",
    unit: "x",
    good: "below",
    isAlternative: true,
    cannotTell: NONE,
    why: "it runs at Fly only",
    repeat:
      "sprite create notes; then the app by sprite exec -s notes, with MOUNT_PATH=/home/sprite/notes and DATABASE_FILE=/home/sprite/index.db",
  },
];
