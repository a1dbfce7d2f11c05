import * as z from "zod";

import { TURSO_LOCATIONS } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { choice, field, textLike, wholeNumber } from "./field.ts";
import { looksLikeSecret } from "./secret-likeness.ts";
import { size } from "./size.ts";

/** A path that stays inside the project. */
const FOLDER = /^(?=.{1,200}$)[A-Za-z0-9_][A-Za-z0-9_-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;

/** Words of a command. No shell reads them. */
const words = z
  .array(textLike(/^[^\p{Cc}]{1,1000}$/u, "expected a text of 1 to 1000 characters, without line breaks"), {
    error: "expected the words of a command, such as [node, migrate.mjs]",
  })
  .min(1, { error: "expected at least one word" })
  .max(50, { error: "expected at most 50 words" })
  .refine((all) => !all.some(looksLikeSecret), {
    error:
      "looks like a secret: the command finds the database's token in DATABASE_AUTH_TOKEN, and all secrets of the app",
  });

/** What the tables of a tenant's database are. */
const schema = z.strictObject({
  from: field(textLike(FOLDER, "expected a folder of the project, such as migrations/notes"), {
    description:
      "turso only. Folder of the migrations, from the project's folder: 0001_notes.sql, 0002_tags.sql and so on (docs/schemas.md). Changed in place, without running anything. Applied migrations must exist there with the same text.",
    examples: ["migrations/notes"],
  }),
  command: field(words, {
    description:
      "turso only, in place of `from`. The app's own migrator, run in a one-off machine from the tenant's image with the app's secrets (docs/schemas.md); it must exit with 0, and may run again. It runs without a shell. Must not contain a secret: everybody at Fly can read it. A change runs it; a new image and a new version run it too.",
    examples: [["node", "migrate.mjs"]],
  }),
  mayShrink: field(
    z
      .array(textLike(/^[^\p{Cc}]{1,200}$/u, "expected the name of a table"))
      .max(100, { error: "expected at most 100 tables" }),
    {
      description:
        "turso only, with `command`. Tables that the migrator may drop or delete rows from; fewer rows in any other table on a clone stop it. Changed in place, which runs nothing. Default: none.",
      examples: [["old_notes"]],
    },
  ),
  check: field(
    z.strictObject({
      command: field(words, {
        description:
          "turso only. The app's own check, run in one-off machines on clones, before and after the migrations: it must exit with 0 and print the same (docs/schemas.md). Changed in place, which runs nothing.",
        examples: [["node", "check.mjs"]],
      }),
    }),
    { description: "turso only. What else must be the same on a clone before and after. Default: nothing." },
  ),
  version: field(wholeNumber(0, 9999), {
    description:
      "turso only. Number of the last migration for the database. Changed in place: a higher number runs the missing migrations, a lower one reverts them by their `.down.sql`. 0: none. With `command`: the value of `SCHEMA_VERSION`; 0 disables it.",
    examples: [14],
  }),
  order: field(choice("schema-first", "image-first"), {
    description:
      "turso only. schema-first: the migrations run before the machine gets a new config, so the schema is newer for a while. image-first: they run when the machine is healthy with it. Changed in place.",
    default: BUILT_IN.schema.order,
  }),
});

/** A tenant's database. */
export const database = z.strictObject({
  engine: field(choice("turso", "none"), {
    description:
      "turso: a libSQL database at Turso. none: no database; the app keeps its own SQLite file on the machine. A change to none deletes the database after its protection is lifted.",
    default: BUILT_IN.database.engine,
  }),
  sizeLimit: field(size("1mb", "1000gb"), {
    description:
      "turso only. Maximum size of the database, decimal (1gb = 1000mb). Writes beyond it fail. Changed in place. Turso refuses it for databases of its current platform (TURSO_NO_SIZE_LIMIT). Default: no limit is set.",
  }),
  location: field(choice(...TURSO_LOCATIONS), {
    description:
      "turso only. Turso location of the group that holds the database. Default: the nearest to the region of those that Turso documents; `tenantry doctor` checks whether the account has it. aws-sa-east-1 and aws-ap-southeast-2 are nearer to gru and syd. A change replaces the database; rows are not moved.",
  }),
  schema: field(schema, {
    description:
      "turso only. Migrations of the database (docs/schemas.md). Default: the app manages its tables itself.",
  }),
});
