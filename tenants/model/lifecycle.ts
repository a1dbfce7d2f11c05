import * as z from "zod";

import { choice, textLike } from "./field.ts";

/**
 * active -> suspended (machine stopped, database blocked, keys off; nothing deleted) -> offboarding (protections lifted,
 * everything exported) -> purged (a tombstone: everything deleted, the id stays reserved).
 */
export const state = choice("active", "suspended", "offboarding", "purged");

/** What was exported before a tenant was deleted: the file that lists every exported file with its checksum. */
export const manifest = z.strictObject({
  path: textLike(
    /^(?:s3:\/\/)?(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._/-]{1,255}$/,
    "expected a relative path, such as exports/acme/manifest.jsonl, or one that begins with s3://",
  ).meta({
    description: "Path of the manifest: relative to the folder of the exports, or s3://BUCKET/PREFIX/manifest.jsonl.",
  }),
  sha256: textLike(/^[0-9a-f]{64}$/, "expected 64 hex digits in lower case").meta({
    description: "SHA-256 of the manifest file, in hex.",
  }),
  contents: textLike(/^[0-9a-f]{64}$/, "expected 64 hex digits in lower case")
    .optional()
    .meta({
      description:
        "Digest of the bucket's content at the export. The purge empties the bucket only if it still has exactly this content; without the digest, only an empty bucket is deleted.",
    }),
});

/** Why a tenant is suspended or kept: a line for people. */
export const reason = textLike(
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{3,200}(?<!\s)$/u,
  "expected a reason in 3 to 200 characters, on one line",
);

/** A day in UTC. */
export const calendarDay = z.iso.date({ error: "expected a date, such as 2027-01-31" });
