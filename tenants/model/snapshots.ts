import * as z from "zod";

import { BUILT_IN } from "./built-in.ts";
import { duration } from "./duration.ts";
import { field } from "./field.ts";

/** How often snapshots of files and rows are taken, and for how long they are listed. Nothing at a vendor. */
export const snapshots = z.strictObject({
  every: field(duration("1h", "366d", "1d or 12h"), {
    description:
      "Age of the last snapshot at which `tenantry snapshot --due` takes the next one. Without it none is due.",
    examples: ["1d"],
  }),
  keep: field(duration("1h", "3660d", "14d or 4w"), {
    description:
      "Age up to which a snapshot is listed. Nothing is deleted: how long the vendors keep it is theirs (docs/restoring.md).",
    default: BUILT_IN.snapshots.keep,
  }),
});
