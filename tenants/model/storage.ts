import * as z from "zod";

import { BUILT_IN } from "./built-in.ts";
import { TIGRIS_REGIONS } from "../regions.ts";
import { choice, field, orList, textLike, wholeNumber } from "./field.ts";

const LOCATIONS_EXPECTED = `expected global, usa, eur, one region code, or a list of one or two region codes (${orList(TIGRIS_REGIONS)})`;

const locations = z.union(
  [
    z.enum(["global", "usa", "eur", ...TIGRIS_REGIONS], { error: LOCATIONS_EXPECTED }),
    z
      .array(z.enum(TIGRIS_REGIONS, { error: `expected a region code: ${orList(TIGRIS_REGIONS)}` }), {
        error: LOCATIONS_EXPECTED,
      })
      .min(1, { error: LOCATIONS_EXPECTED })
      .max(2, { error: LOCATIONS_EXPECTED })
      .refine((codes) => new Set(codes).size === codes.length, { error: "expected two different region codes" })
      .meta({ uniqueItems: true }),
  ],
  { error: LOCATIONS_EXPECTED },
);

/** Options of a Fly volume. Only for the backend `fly-volume`. */
const volume = z.strictObject({
  sizeGb: field(wholeNumber(1, 500), {
    description: "Size in GB. A greater number extends the volume in place; a smaller one is refused by Fly.",
    default: BUILT_IN.volume.sizeGb,
  }),
  snapshotRetentionDays: field(wholeNumber(1, 60), {
    description: "Days that Fly keeps the volume's daily snapshots. Changed in place.",
    default: BUILT_IN.volume.snapshotRetentionDays,
  }),
});

/** What can hold a tenant's files. */
export const BACKENDS = ["tigris", "aws-s3", "fly-volume"] as const;
/** One of `BACKENDS`. */
export type Backend = (typeof BACKENDS)[number];

/** Where a tenant's files lie, as a plan may say it. */
export const storage = z.strictObject({
  backend: field(choice(...BACKENDS), {
    description:
      "Storage of the files: a Tigris bucket, an S3 bucket at AWS, or a volume on the machine's host. A change creates new, empty storage and replaces the machine. Files are not moved, and `kept` must name the old backend (docs/backends.md).",
    default: BUILT_IN.storage.backend,
  }),
  locations: field(locations, {
    description:
      "Tigris only. Location of the bucket's data: global (near the writer), usa, eur (several regions of one continent), one region code, or a list of two. Default: the region's own code. Changed in place; Tigris moves the data. global and a list of two cost consistency: what one region has written another may miss for a moment, and Tigris checks conditions of a write within one region only, so that there `push` can write over a file that the machine has just changed.",
    examples: ["global", "eur", "fra", ["iad", "lhr"]],
  }),
  snapshots: field(z.boolean({ error: "expected true or false" }), {
    description: "Tigris only. Whether snapshots of the bucket can be taken. Changed in place where Tigris allows it.",
    default: BUILT_IN.storage.snapshots,
  }),
  softDeleteDays: field(wholeNumber(7, 90), {
    description:
      "Buckets only. Days in which deleted and overwritten objects can be restored; at Tigris also a deleted bucket with its name. They are billed during that time. Changed in place.",
    default: BUILT_IN.storage.softDeleteDays,
  }),
  awsRegion: field(textLike(/^[a-z]{2}(?:-[a-z]+){1,3}-[1-9]$/, "expected an AWS region, such as eu-central-1"), {
    description:
      "aws-s3 only. AWS region of the bucket. Default: the nearest to the region. A change replaces the bucket; files are not moved.",
  }),
  volume: field(volume, { description: "fly-volume only. Options of the volume." }),
});

const guard = field(choice("protected", "released"), {
  description:
    "Storage that a move left on this backend. protected: it stays. released: its protection is lifted, and the removal of this line deletes it. A bucket must be empty by then.",
});

/** The same in a tenant file, which also says what moves have left behind. */
export const storageWithKept = storage.extend({
  kept: field(z.strictObject({ tigris: guard, "aws-s3": guard, "fly-volume": guard }), {
    description: "Backends that the tenant has moved away from and whose storage still exists (docs/backends.md).",
  }),
});
