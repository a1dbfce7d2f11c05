import * as z from "zod";

import { tenantFile } from "../../tenants/model/tenant-file.ts";
import { cell, code, table } from "./markdown.ts";

interface Field {
  /** From the top of the file: `storage.volume.sizeGb`, `access[].name`. */
  readonly path: string;
  readonly schema: z.ZodType;
  readonly isRequired: boolean;
}

/** Every field of a tenant file: one table for the file's own, then one for each section. */
export function tenantFileTables(): string {
  const top = fieldsOf(tenantFile, "");
  const sections = top.filter(({ schema }) => partsOf(schema) !== undefined);
  const plain = top.filter((field) => !sections.includes(field));
  const tables = sections.map(
    ({ path, schema }) =>
      `## ${path}\n\n${cell(schema.description ?? "")}\n\n${fieldTable(fieldsOf(partsOf(schema), partsPath(path, schema)))}`,
  );
  return [fieldTable(plain), ...tables].join("\n\n");
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.flatMap(deepened).map(({ path, schema, isRequired }) => {
    const { description = "", default: preset } = (schema.meta() ?? {}) as { description?: string; default?: unknown };
    const otherwise = isRequired ? "required" : preset === undefined ? "" : code(preset);
    return [code(path), cell(expectedBy(schema)), otherwise, cell(description)];
  });
  return table(["field", "what it takes", "default", "meaning"], rows);
}

/** A field that has parts is replaced by them. */
function deepened(field: Field): Field[] {
  const parts = partsOf(field.schema);
  return parts === undefined ? [field] : fieldsOf(parts, partsPath(field.path, field.schema)).flatMap(deepened);
}

function fieldsOf(object: z.ZodObject | undefined, path: string): Field[] {
  return Object.entries(object?.shape ?? {}).map(([key, schema]) => ({
    path: path === "" ? key : `${path}.${key}`,
    schema: schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : (schema as z.ZodType),
    isRequired: !(schema instanceof z.ZodOptional),
  }));
}

function partsPath(path: string, schema: z.ZodType): string {
  return schema instanceof z.ZodArray ? `${path}[]` : path;
}

function partsOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodObject ? schema.element : undefined;
}

/** What a field says of itself when it is given something that no field takes: `a whole number from 1 to 16`. */
function expectedBy(schema: z.ZodType): string {
  const message = schema.safeParse(Symbol("nothing that a file can hold")).error?.issues[0]?.message ?? "";
  if (message.startsWith("expected ")) return message.slice("expected ".length);
  return schema instanceof z.ZodRecord ? "names and texts" : schema.type;
}
