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
  quiesce: field(
    z
      .array(z.string().min(1).max(500), { error: "expected a list of words: a program and its arguments" })
      .min(1, { error: "expected at least the program" })
      .max(16, { error: "expected at most 16 words" }),
    {
      description:
        "Command that a snapshot runs in the machine, with the argument `begin` before it and `end` after it. On `begin` the app stores what it has received and pauses new writes. Exit code 0: it is paused, or was. Without it, the database refuses writes of the app for that moment.",
      examples: [["node", "/srv/app/quiesce.ts"]],
    },
  ),
  keep: field(duration("1h", "3660d", "14d or 4w"), {
    description:
      "Age up to which a snapshot is listed. Nothing is deleted; the vendors decide how long they keep it (docs/restoring.md).",
    default: BUILT_IN.snapshots.keep,
  }),
});
