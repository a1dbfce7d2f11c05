import { readFileSync } from "node:fs";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { printable } from "../../output/printable.ts";
import { byTenant, byThing } from "../drift/grouping.ts";
import { type DriftReport, driftReport, type DriftFinding, isDrift } from "../drift/report.ts";
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
/** What is only reported has no threshold to be shown against. */
const withThreshold = (gates: unknown) =>
  Array.isArray(gates) ? gates.filter((each: { threshold?: unknown } | null) => each?.threshold !== null) : gates;
const gatesSchema = z.object({
  measuredAt: z.iso.datetime({ offset: true }),
  gates: z.preprocess(withThreshold, z.array(gateSchema)),
});

export type Gate = z.infer<typeof gateSchema>;
export type Gates = z.infer<typeof gatesSchema>;

/** One resource that drifts. */
export interface DriftedThing {
  /** `modified`, `missing`, `expired`; `unmanaged`: it is at the vendor and no file declares it. */
  readonly kind: DriftFinding["kind"];
  /** The resource, for people, with the vendor's name of it where that is known: `database tnt-local-zed`. */
  readonly what: string;
  /** Which settings differ, of a `modified` one. */
  readonly aspects: readonly string[];
}

/** What the page shows of a drift report. What is due or ignored is none of it. */
export interface DriftFound {
  readonly changed: ReadonlyMap<string, readonly DriftedThing[]>;
  readonly unchanged: readonly string[];
  readonly errors: readonly { readonly tenant: string }[];
  /** ISO 8601. */
  readonly checkedAt: string;
  /** What could not be compared. */
  readonly blind: readonly { readonly aspect: string; readonly why: string }[];
}

/** Resources that drift, by tenant. */
export function driftFound({ findings, tenants, errors, checkedAt, blind }: DriftReport): DriftFound {
  const drifting = byTenant(findings.filter(isDrift)).map(
    ([tenant, ofTenant]) => [tenant, byThing(ofTenant).flatMap(drifted)] as const,
  );
  return { changed: new Map(drifting), unchanged: tenants.without, errors, checkedAt, blind };
}

function drifted(findings: readonly DriftFinding[]): DriftedThing[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { kind, resource, id } = first;
  const what = printable(kind === "unmanaged" && id !== undefined ? `${resource} ${id}` : resource);
  return [{ kind, what, aspects: kind === "modified" ? findings.map(({ aspect }) => printable(aspect)) : [] }];
}

/** A drifted thing in words: `bucket modified: bucket.acl`. */
export function thingWords({ kind, what, aspects }: DriftedThing): string {
  return `${what} ${kind}${aspects.length === 0 ? "" : `: ${aspects.join(", ")}`}`;
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
