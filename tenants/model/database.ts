import * as z from "zod";

import { TURSO_LOCATIONS } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { choice, field, textLike, wholeNumber } from "./field.ts";
import { size } from "./size.ts";

/** A path that stays inside the project. */
const FOLDER = /^(?=.{1,200}$)[A-Za-z0-9_][A-Za-z0-9_-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;

/** What the tables of a tenant's database are. */
const schema = z.strictObject({
  from: field(textLike(FOLDER, "expected a folder of the project, such as migrations/notes"), {
    description:
      "turso only. Folder of the migrations, from the project's folder: 0001_notes.sql, 0002_tags.sql and so on (docs/schemas.md). Changed in place, which runs nothing by itself: what was applied has to be there with the same text.",
    examples: ["migrations/notes"],
  }),
  version: field(wholeNumber(0, 9999), {
    description:
      "turso only. Number of the last migration that the database is to have. Changed in place: a higher one runs those in between, a lower one takes them back by their `.down.sql`. 0: none.",
    examples: [14],
  }),
  order: field(choice("schema-first", "image-first"), {
    description:
      "turso only. schema-first: the migrations run before the machine gets a new config, so the schema is the newer one for a while. image-first: they run once the machine is well with it. Changed in place.",
    default: BUILT_IN.schema.order,
  }),
});

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
  schema: field(schema, {
    description:
      "turso only. Which migrations the database has to have had (docs/schemas.md). Default: the app looks after its tables itself.",
  }),
});
