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
    question: "Is Tigris' own block device, a bucket as a disk, better for files and index?",
    unit: "x",
    good: "below",
    isAlternative: true,
    cannotTell: NONE,
    why: "its program is a beta that no package manager has, and it needs the kernel module nbd",
    repeat:
      "sudo -E cloud-disk create notes -size 10G, on a machine with a bucket's key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; then the app with MOUNT_PATH=/mnt/cloud-disk/notes and DATABASE_FILE=/mnt/cloud-disk/notes/index.db",
  },
  {
    id: "backends.sprite",
    phase: "all",
    name: "A Sprite",
    question: "Is a Sprite of Fly, a machine whose disk is in object storage, better for files and index?",
    unit: "x",
    good: "below",
    isAlternative: true,
    cannotTell: NONE,
    why: "it runs only at Fly",
    repeat:
      "sprite create notes; then the app by sprite exec -s notes, with MOUNT_PATH=/home/sprite/notes and DATABASE_FILE=/home/sprite/index.db",
  },
];
