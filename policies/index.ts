import { bucketPrivate } from "./bucket-private.ts";
import { gatedChange } from "./gated-change.ts";
import { imagePinned } from "./image-pinned.ts";
import { memoryForMount } from "./memory-for-mount.ts";
import { noSuspendWithMount } from "./no-suspend-with-mount.ts";
import type { Policy } from "./policy.ts";
import { regionsNear } from "./regions-near.ts";
import { rotationLimit } from "./rotation-limit.ts";

/** Every policy, in the order of reports. To add one: a file beside this one, and its name here. */
export const POLICIES: readonly Policy[] = [
  bucketPrivate,
  regionsNear,
  noSuspendWithMount,
  memoryForMount,
  rotationLimit,
  imagePinned,
  gatedChange,
];
