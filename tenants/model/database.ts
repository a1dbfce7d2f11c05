import * as z from "zod";

import { TURSO_LOCATIONS } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { choice, field } from "./field.ts";
import { size } from "./size.ts";

/** A tenant's database. */
export const database = z.strictObject({
  engine: field(choice("turso", "none"), {
    description:
      "turso: a libSQL database at Turso. none: no database; the app keeps its own SQLite file on the machine. A change to none deletes the database once its protection is lifted.",
    default: BUILT_IN.database.engine,
  }),
  sizeLimit: field(size("1mb", "1000gb"), {
    description:
      "turso only. Most the database may hold, decimal (1gb = 1000mb). Writes beyond it fail. Changed in place. Turso refuses it for databases of its current platform (TURSO_NO_SIZE_LIMIT). Default: not set, and nothing is said of a size.",
  }),
  location: field(choice(...TURSO_LOCATIONS), {
    description:
      "turso only. Turso location of the group that holds the database. Default: the nearest to the region of those that Turso documents; `tenantry doctor` tells whether the account has it. aws-sa-east-1 and aws-ap-southeast-2 are nearer to gru and syd. A change replaces the database; rows are not moved.",
  }),
});
