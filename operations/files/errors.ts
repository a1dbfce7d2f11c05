import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of reaching a tenant's files, by code. */
export const filesErrors = errorKinds({
  ACCESS_UNKNOWN: {
    meaning: "The tenant file has no entry of that name under `access`.",
    next: "List the entries with `npx tenantry access <tenant>`; with `--name` it adds one.",
  },
  ACCESS_NAME_NEEDED: {
    meaning: "The tenant has several entries under `access`, or none, so it is not clear whose key is meant.",
    next: "Say whose with `--name <name>`; `npx tenantry access <tenant>` lists them.",
  },
  ACCESS_NO_BUCKET: {
    meaning: "The tenant has no bucket: its files lie on a Fly volume, which nobody but its machine reaches.",
    next: "Work in the machine with `npx tenantry exec <tenant>`, or give the tenant a bucket: docs/backends.md, section Moving a tenant.",
  },
  ACCESS_NOT_APPLIED: {
    meaning: "The entry is in the tenant file, but its key has not been made yet.",
    next: "Run `npx tenantry up`, which makes it.",
  },
  ACCESS_SUSPENDED: {
    meaning: "The tenant is suspended: its keys open nothing.",
    next: "Set `state: active` in its file and run `npx tenantry up`.",
  },
  ACCESS_MODE_DIFFERS: {
    meaning: "The entry is there with another mode; it was left as it is.",
    next: "Change its `mode` in the tenant file and run `npx tenantry up`: the key is replaced.",
  },
  KEY_READ_ONLY: {
    meaning: "The key may read and not write.",
    next: "Mount with `--read-only`, use the key of another entry, or set `mode: read-write` in the tenant file and run `npx tenantry up`.",
  },
  MOUNT_NOT_HERE: {
    meaning: "TigrisFS mounts buckets on Linux only.",
    next: "Write an rclone.conf with `npx tenantry access <tenant> --name <name> --as rclone --out <file>` and use `rclone nfsmount` (macOS, rclone 1.65 or newer) or `rclone mount` with FUSE-T or WinFsp; or use `pull` and `push`.",
  },
  MOUNT_PROGRAM_MISSING: {
    meaning: "A program that mounting needs is not installed.",
    next: "Install it: `apt-get install fuse3` for fusermount3, `npx tenantry setup` for tigrisfs.",
  },
  MOUNT_FOLDER_IN_USE: {
    meaning: "The folder is not empty, or something is mounted there. Files below a mount would be hidden.",
    next: "Name an empty folder, or one that does not exist yet.",
  },
  MOUNT_FAILED: {
    meaning: "The bucket could not be mounted.",
    next: "Read the lines above: an address that does not answer, a key that was revoked, or a system without FUSE.",
  },
  MOUNT_UNKNOWN: {
    meaning: "Nothing was mounted there by `tenantry mount`.",
    next: "Check the folder. What something else has mounted, `fusermount3 -u <folder>` unmounts.",
  },
  MOUNT_BUSY: {
    meaning: "Programs still work in the mounted folder.",
    next: "Close the files, leave the folder in all shells, then unmount again. Nothing was ended or unmounted.",
  },
  MOUNT_NOT_FLUSHED: {
    meaning: "The bucket was unmounted, but it lacks changes that were made in the folder.",
    next: "The files are named above: write them again once the storage answers.",
  },
  SYNC_FOLDER_MISSING: {
    meaning: "There is no such folder to push.",
    next: "Check the path.",
  },
  SYNC_FOLDER_UNUSABLE: {
    meaning:
      "The folder cannot be read, or the notes that tenantry keeps in its `.tenantry` cannot be read or written. Nothing was overwritten.",
    next: "Check the folder's rights and the free space, then run the same command again.",
  },
  SYNC_NOT_ALL_CARRIED: {
    meaning:
      "Some names cannot be carried, or cannot be read. Everything else was, and these are on their own side still.",
    next: "Rename the files that are named above, or leave them out by a line in `.tenantry/ignore`: docs/files-from-a-laptop.md, section Names.",
  },
  SYNC_NEEDS_YES: {
    meaning: "`--delete` would delete files, and there is no terminal to ask on.",
    next: "Look at it with `--dry-run`, then repeat with `--yes`.",
  },
  SYNC_BUSY: {
    meaning: "Another `pull`, `push` or `live` is working on the same folder.",
    next: "Wait until it has ended.",
  },
  LIVE_SIDE_GONE: {
    meaning:
      "The folder that `live` keeps is no longer there, or one side has lost all its files at once. Nothing was deleted on the other side for that.",
    next: "Bring it back, or start `live` on a new folder: it brings everything from the bucket. To delete everything on purpose, use `push --delete` or `pull --delete`.",
  },
  LIVE_APART: {
    meaning: "`live` has ended, and not everything is on both sides. What is here is still here.",
    next: "The files are named above, where they are known. Start `live` again, or run `pull` and `push`, once the storage answers.",
  },
  SYNC_TRANSFER_FAILED: {
    meaning: "Not all files could be transferred. What has arrived is complete and stays.",
    next: "Run the same command again: it goes on where it stopped.",
  },
  SYNC_REFUSED: {
    meaning: "The storage refused to list the bucket.",
    next: "Check the key with `npx tenantry access <tenant>`: it may have been revoked or replaced; `npx tenantry up` brings it up to date.",
  },
});
