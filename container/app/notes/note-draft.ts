import * as z from "zod";

// A lone surrogate cannot be written as UTF-8, and SQLite ends a text at a NUL: what was accepted has to come back as it was.
const text = z.string().refine((value) => value.isWellFormed() && !value.includes("\0"), "Unicode text without NUL");
const title = text
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, "one line without control characters");
const tag = z
  .string()
  .max(40)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}_/-]*$/u, "letters, digits, - _ and /, starting with a letter or digit");

/** What a client sends to write a note. */
export const noteDraft = z.strictObject({
  title,
  text: text.default(""),
  tags: z
    .array(tag)
    .max(20)
    .transform((tags) => [...new Set(tags)])
    .default([]),
});

export type NoteDraft = z.infer<typeof noteDraft>;
