import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of reaching a tenant's files, by code. */
export const filesErrors = errorKinds({
  ACCESS_UNKNOWN: {
    meaning: "The tenant file has no entry of that name under `access`.",
    next: "List the entries with `npx tenantry access <tenant>`; `--name` adds one.",
  },
  ACCESS_NAME_NEEDED: {
    meaning: "The tenant has no entry or several entries under `access`, so the key is not clear.",
    next: "Choose one with `--name <name>`; `npx tenantry access <tenant>` lists them.",
  },
  ACCESS_NO_BUCKET: {
    meaning: "The tenant has no bucket. Its files are on a Fly volume, which only its machine can reach.",
    next: "Work in the machine with `npx tenantry exec <tenant>`, or give the tenant a bucket: docs/backends.md, section Moving a tenant.",
  },
  ACCESS_NOT_APPLIED: {
    meaning: "The entry is in the tenant file, but its key does not exist yet.",
    next: "Run `npx tenantry up`, which creates it.",
  },
  ACCESS_SUSPENDED: {
    meaning: "The tenant is suspended: its keys open nothing.",
    next: "Set `state: active` in its file and run `npx tenantry up`.",
  },
  ACCESS_MODE_DIFFERS: {
    meaning: "The entry exists with another mode. It was not changed.",
    next: "Change its `mode` in the tenant file and run `npx tenantry up`: the key is replaced.",
  },
  KEY_READ_ONLY: {
    meaning: "The key is read-only.",
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
    next: "Check the folder. `fusermount3 -u <folder>` unmounts the mounts of other programs.",
  },
  MOUNT_BUSY: {
    meaning: "Programs still use the mounted folder.",
    next: "Close the files, leave the folder in all shells, then unmount again. Nothing was ended or unmounted.",
  },
  MOUNT_NOT_FLUSHED: {
    meaning: "The bucket was unmounted, but some changes of the folder were not uploaded.",
    next: "Write the files named above again when the storage answers.",
  },
  SYNC_FOLDER_MISSING: {
    meaning: "The folder to push does not exist.",
    next: "Check the path.",
  },
  SYNC_FOLDER_UNUSABLE: {
    meaning: "The folder or tenantry's records in its `.tenantry` cannot be read or written. Nothing was overwritten.",
    next: "Check the folder's rights and the free space, then run the same command again.",
  },
  SYNC_NOT_ALL_CARRIED: {
    meaning:
      "Some files have names that cannot be transferred, or cannot be read. They stay on their side. All other files were transferred.",
    next: "Rename the files named above, or exclude them by a line in `.tenantry/ignore` (docs/files-from-a-laptop.md, section Names).",
  },
  SYNC_NEEDS_YES: {
    meaning: "`--delete` would delete files, and there is no terminal to ask on.",
    next: "Check with `--dry-run`, then run it with `--yes`.",
  },
  SYNC_BUSY: {
    meaning: "Another `pull`, `push` or `live` is working on the same folder.",
    next: "Wait until it ends.",
  },
  LIVE_SIDE_GONE: {
    meaning: "The folder of `live` is gone, or one side lost all files at once. Nothing was deleted on the other side.",
    next: "Restore the folder, or start `live` on a new folder, which downloads everything. To delete everything on purpose, use `push --delete` or `pull --delete`.",
  },
  LIVE_APART: {
    meaning: "`live` ended before everything was on both sides. Local files are not lost.",
    next: "The known files are named above. When the storage answers, start `live` again, or run `pull` and `push`.",
  },
  SYNC_TRANSFER_FAILED: {
    meaning: "Not all files could be transferred. The transferred files are complete and stay.",
    next: "Run the same command again to continue.",
  },
  SYNC_REFUSED: {
    meaning: "The storage refused to list the bucket.",
    next: "Check the key with `npx tenantry access <tenant>`. It may be revoked or replaced; `npx tenantry up` renews it.",
  },
});
