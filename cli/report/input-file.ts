import { readFileSync } from "node:fs";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { reportErrors } from "./errors.ts";

/** What is measured against a threshold: docs/report.md describes the file. */
const gateSchema = z.object({
  name: z.string().min(1),
  unit: z.string(),
  threshold: z.number(),
  /** `below`: small is good. */
  good: z.enum(["below", "above"]),
  /** Null: not measured. */
  value: z.number().nullable(),
  /** Under which conditions it was measured. */
  conditions: z.string().default(""),
  /** Single measurements behind the value, if there are any. */
  samples: z.array(z.number()).default([]),
});
const gatesSchema = z.object({ measuredAt: z.iso.datetime({ offset: true }), gates: z.array(gateSchema) });

export type Gate = z.infer<typeof gateSchema>;
export type Gates = z.infer<typeof gatesSchema>;

/** The part of `tenantry drift --json` that the report needs. */
const driftSchema = z.object({
  changed: z.array(z.object({ tenant: z.string(), changes: z.array(z.unknown()) })),
  unchanged: z.array(z.string()),
  errors: z.array(z.object({ tenant: z.string() })).default([]),
});

export type DriftFound = z.infer<typeof driftSchema>;

/** Reads a file of `gates`. Throws REPORT_INPUT. */
export function readGates(file: string): Gates {
  return read(file, gatesSchema);
}

/** Reads what `tenantry drift --json` has printed. Throws REPORT_INPUT. */
export function readDrift(file: string): DriftFound {
  return read(file, driftSchema);
}

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const why =
      cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : "unreadable";
    throw new TenantryError(reportErrors.REPORT_INPUT, `${file}: ${why}`, { cause });
  }
}
