import * as z from "zod";

/**
 * JSON as Go reads it into a struct: a name that the struct does not have stands for the field whose name differs only in
 * case. Names in maps (zod's records) are data and stay. Turso's and Fly's servers are written in Go.
 */
export function withFoldedNames(schema: unknown, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return schema instanceof z.ZodArray ? value.map((item: unknown) => withFoldedNames(schema.element, item)) : value;
  }
  const entries = Object.entries(value);
  if (schema instanceof z.ZodRecord) {
    return Object.fromEntries(entries.map(([name, inner]) => [name, withFoldedNames(schema.valueType, inner)]));
  }
  if (schema instanceof z.ZodObject) {
    const { shape } = schema;
    return Object.fromEntries(
      entries.map(([given, inner]) => {
        const name = given in shape ? given : (fieldLike(given, Object.keys(shape)) ?? given);
        return [name, withFoldedNames(shape[name], inner)];
      }),
    );
  }
  const inner = within(schema);
  return inner === undefined ? value : withFoldedNames(inner, value);
}

function fieldLike(given: string, fields: readonly string[]): string | undefined {
  return fields.find((field) => field.toLowerCase() === given.toLowerCase());
}

/** The schema that reads the value before this one, or behind its preprocessing. */
function within(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return schema.unwrap();
  if (!(schema instanceof z.ZodPipe)) return undefined;
  return schema.in instanceof z.ZodTransform ? schema.out : schema.in;
}
