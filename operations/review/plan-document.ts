import * as z from "zod";

import type { Review } from "./changes.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Due } from "../engine/coming-due.ts";
import {
  due,
  failure,
  leftOut,
  type LeftOut,
  type Monthly,
  monthly,
  type PlacedViolation,
  tenantChanges,
  violation,
} from "./model.ts";
import { planHash } from "./plan-hash.ts";

export const FORMAT = "tenantry.plan/3";

/** A plan as `tenantry plan --json` prints it and `--out` writes it. Holds no secret. */
export const planDocument = z.strictObject({
  format: z.literal(FORMAT),
  stack: z.string(),
  madeAt: z.iso.datetime(),
  refreshed: z.boolean().describe("Whether the vendors were read first (refresh)."),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .describe("Hash of the plan, over `fingerprint`: `up --plan` applies the plan only while the hash stays the same."),
  monthly: monthly.optional(),
  removed: z
    .array(z.string())
    .describe("Tenants that exist, but whose files are missing. If there are any, nothing else was checked."),
  changed: z.array(tenantChanges).describe("Tenants with changes, by id."),
  unchanged: z.array(z.string()).describe("Ids of the tenants without any."),
  errors: z.array(failure),
  violations: z.array(violation),
  due: z.array(due).describe("Trials, credentials and snapshots that are due soon or overdue, the earliest first."),
  leftOut: z.array(leftOut).default([]).describe("Tenants that active rollouts leave unchanged, and why."),
  fingerprint,
});

/** A review of a plan, with all that `up --plan` needs to hold it against what is there later. */
export interface PlanDocument extends Review {
  readonly format: typeof FORMAT;
  readonly madeAt: string;
  readonly refreshed: boolean;
  readonly hash: string;
  readonly monthly?: Monthly;
  readonly removed: readonly string[];
  readonly violations: readonly PlacedViolation[];
  readonly due: readonly Due[];
  readonly leftOut: readonly LeftOut[];
  readonly fingerprint: z.infer<typeof fingerprint>;
}

/** Reads a plan that `--out` or `--json` wrote. Undefined: it is none, or its hash is not that of what it holds. */
export function parsePlan(text: string): PlanDocument | undefined {
  try {
    const { monthly: sum, ...plan } = planDocument.parse(JSON.parse(text));
    if (planHash(plan.stack, plan.fingerprint) !== plan.hash) return undefined;
    return sum === undefined ? plan : { ...plan, monthly: sum };
  } catch {
    return undefined;
  }
}

/** `operations/review/plan.schema.json` as it is committed: the JSON Schema (draft-07) of a plan. */
export function planSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(planDocument, { target: "draft-7" });
  const whole = { $schema, title: "tenantry plan", description: "What `tenantry plan --json` prints.", ...schema };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
