import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import * as z from "zod";

import { tooLarge } from "../note-service.ts";
import { noteDraft, type NoteDraft } from "../notes/note-draft.ts";
import { isNoteId, NOTE_ID_EXPECTED, type NoteId } from "../notes/note-id.ts";
import { Problem, type ProblemCode } from "../problem.ts";
import { bodyOf } from "./request-body.ts";

/** What Hono's context holds here: Node's own request. */
export interface ServedByNode {
  readonly Bindings: HttpBindings;
}

/** The note a request is about. Throws invalid-id. */
export function idIn(c: Context): NoteId {
  const id = c.req.param("id") ?? "";
  if (!isNoteId(id)) throw new Problem("invalid-id", NOTE_ID_EXPECTED);
  return id;
}

/** The note in a request's body. Throws unsupported-media-type, note-too-large, invalid-json and invalid-note. */
export async function draftIn(c: Context<ServedByNode>, maxNoteBytes: number): Promise<NoteDraft> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw new Problem("unsupported-media-type");
  // In JSON a line break or a quote takes two bytes.
  const body = await bodyOf(c.env.incoming, 2 * maxNoteBytes + 4096, tooLarge(maxNoteBytes));
  return checked(noteDraft, parseJson(body), "invalid-note");
}

/** The query string, by a schema. Throws invalid-query. */
export function queryIn<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  return checked(schema, c.req.query(), "invalid-query");
}

/** A number in a query string. */
export function countIn(least: number, most: number, otherwise: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .default(otherwise);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("invalid-json");
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, input: unknown, code: ProblemCode): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  throw new Problem(code, undefined, { faults });
}
