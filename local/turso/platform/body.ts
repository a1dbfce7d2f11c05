import type * as z from "zod";

import { withFoldedNames } from "../../folded-names.ts";
import { Refusal } from "../refusal.ts";

/** The body as `schema` wants it; an empty body counts as `{}`. Throws a 400 that names what is wrong. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(withFoldedNames(schema, body ?? {}));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Refusal(400, `invalid request body: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

/** A parameter of the path; the routes' templates guarantee that it is there. */
export function param(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}
