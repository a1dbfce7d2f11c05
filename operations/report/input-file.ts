import { readFileSync } from "node:fs";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { byTenant, byThing } from "../drift/grouping.ts";
import { type DriftReport, driftReport, isDrift } from "../drift/report.ts";
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

/** What the page shows of a drift report. What is due or ignored is none of it. */
export interface DriftFound {
  readonly changed: readonly { readonly tenant: string; readonly changes: readonly unknown[] }[];
  readonly unchanged: readonly string[];
  readonly errors: readonly { readonly tenant: string }[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** What could not be compared. */
  readonly blind: readonly { readonly aspect: string; readonly why: string }[];
}

/** Resources that drift, by tenant. */
export function driftFound({ findings, tenants, errors, checkedAt, blind }: DriftReport): DriftFound {
  const drifting = byTenant(findings.filter(isDrift)).map(([tenant, ofTenant]) => ({
    tenant,
    changes: byThing(ofTenant),
  }));
  return { changed: drifting, unchanged: tenants.without, errors, checkedAt, blind };
}

/** Reads a file of `gates`. Throws REPORT_INPUT. */
export function readGates(file: string): Gates {
  return read(file, gatesSchema);
}

/** Reads what `tenantry drift --json` has printed of this stack. Throws REPORT_INPUT. */
export function readDrift(file: string, stack: string): DriftFound {
  const found = read(file, driftReport);
  if (found.stack === stack) return driftFound(found);
  throw new TenantryError(reportErrors.REPORT_INPUT, `${file} is about ${found.stack}, not about ${stack}`);
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
