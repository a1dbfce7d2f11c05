import * as z from "zod";

import { BUILT_IN } from "./built-in.ts";
import { duration } from "./duration.ts";
import { choice, field, textLike, wholeNumber } from "./field.ts";

/** Absolute, without `.`, `..` and empty parts, and not over what the system needs. */
const MOUNT_PATH =
  /^(?!\/(?:bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|usr)(?:\/|$))(?!.*\/\.{1,2}(?:\/|$))(?:\/[A-Za-z0-9._-]{1,64}){1,8}$/;

/** How the storage appears inside the machine. Every change is made in place and restarts the machine. */
export const mount = z.strictObject({
  path: field(textLike(MOUNT_PATH, "expected an absolute path outside the system's folders, such as /app/data"), {
    description: "Folder in the machine where the files appear. The machine restarts.",
    default: BUILT_IN.mount.path,
  }),
  durability: field(choice("write-back", "fsync-on-close"), {
    description:
      "Buckets only. When a written file is uploaded: in the background when nobody has it open (write-back), or after each close, even while somebody else has it open (fsync-on-close). Only fsync waits for the upload, not close. The machine restarts.",
    default: BUILT_IN.mount.durability,
  }),
  memoryLimitMb: field(wholeNumber(16, 65_536), {
    description:
      "Buckets only. MiB that TigrisFS may use for file data. It uses about 1.3 times as much, and up to 130 MiB for names and itself. This and 64 MiB for the system must fit into the machine. The machine restarts.",
    default: BUILT_IN.mount.memoryLimitMb,
  }),
  statCacheTtl: field(duration("0s", "1h", "5s or 1m30s"), {
    description:
      "Buckets only. How long TigrisFS caches information about a file. From 30s, the machine lists the bucket every second while somebody works on it, and sees changes by others within seconds. Below that it does not list, and may see a change only after twice this time. The machine restarts.",
    default: BUILT_IN.mount.statCacheTtl,
  }),
});
