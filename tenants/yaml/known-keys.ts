import * as z from "zod";

import type { KnownKeys } from "./explain.ts";

/** All keys of a schema's maps, by path. */
export function knownKeysOf(schema: z.core.$ZodType): KnownKeys {
  return new Map(entriesOf(schema, ""));
}

function entriesOf(schema: z.core.$ZodType, path: string): [string, readonly string[]][] {
  if (schema instanceof z.ZodOptional) return entriesOf(schema.unwrap(), path);
  if (schema instanceof z.ZodArray) return entriesOf(schema.element, `${path}[]`);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Record<string, z.core.$ZodType> = schema.shape;
  const inner = Object.entries(shape).flatMap(([key, field]) => entriesOf(field, path === "" ? key : `${path}.${key}`));
  return [[path, Object.keys(shape)], ...inner];
}
