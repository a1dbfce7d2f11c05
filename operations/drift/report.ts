import * as z from "zod";

import { shownText } from "../../output/shown-text.ts";

const text = (description: string) => z.string().meta({ description });

const ignored = z
  .strictObject({
    what: text("The rule's aspect."),
    reason: text("Why it may differ."),
    until: text("Last day of the rule, UTC, like 2027-01-31."),
    tenant: text("The tenant whose file holds the rule."),
  })
  .meta({ description: "The rule of a tenant file that ignores this." });

const finding = z.strictObject({
  kind: z.enum(["modified", "missing", "unmanaged", "expired", "expiring"]).meta({
    description:
      "modified: a setting differs. missing: it does not exist at the vendor. unmanaged: it exists, but no file declares it. expired: a credential has expired. expiring: a credential is due soon; a warning, not drift.",
  }),
  tenant: text("The tenant's id; (stack) for shared or unassigned resources."),
  resource: text("The kind of resource, for people: bucket, access key alice, machine."),
  id: text("The vendor's id or name of it.").optional(),
  urn: text("Pulumi's name of it; absent for an unmanaged resource.").optional(),
  aspect: text("What differs, in the form of a rule in a tenant file: machine.config.env.LOG_LEVEL."),
  declared: shownText("The value that was applied; absent: none. Secrets appear as [secret].").optional(),
  observed: shownText("The value at the vendor; absent: none. Secrets appear as [secret].").optional(),
  due: text("ISO 8601: when a credential is due or expired.").optional(),
  note: text("A note for people.").optional(),
  ignored: ignored.optional(),
});

const expiredRule = z.strictObject({ ...ignored.shape });

const blind = z.strictObject({
  aspect: text("What could not be compared."),
  why: text("Why not."),
});

/** What `tenantry drift --json` prints. */
export const driftReport = z.strictObject({
  version: z.literal(1).meta({ description: "Increases when programs that read this must change." }),
  stack: text("The stack."),
  checkedAt: text("ISO 8601, UTC."),
  tenants: z.strictObject({
    checked: z.int().meta({ description: "How many tenants the state has." }),
    without: z
      .array(z.string())
      .meta({ description: "Ids of tenants without drift and errors. Due and ignored entries are not drift." }),
  }),
  findings: z
    .array(finding)
    .meta({ description: "By tenant, resource and aspect. Includes entries that a rule ignores." }),
  expiredRules: z
    .array(expiredRule)
    .meta({ description: "Rules of tenant files that have expired: what they ignored counts again." }),
  blind: z
    .array(blind)
    .meta({ description: "What could not be compared in this run. docs/drift.md lists what can never be compared." }),
  errors: z
    .array(z.strictObject({ tenant: z.string(), message: z.string() }))
    .meta({ description: "What failed. The tenants named here may have drift." }),
});

/** What `drift --json` prints; operations/drift/drift.schema.json describes it. */
export type DriftReport = z.infer<typeof driftReport>;
/** One difference between what was applied and what exists. */
export type DriftFinding = z.infer<typeof finding>;
export type ExpiredRule = z.infer<typeof expiredRule>;
export type BlindSpot = z.infer<typeof blind>;

/** The JSON Schema of the report, as committed in operations/drift/drift.schema.json. */
export function driftSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(driftReport, { target: "draft-7" });
  const about = { title: "tenantry drift --json", description: "What was changed at the vendors outside tenantry." };
  return `${JSON.stringify({ $schema, ...about, ...schema }, null, 2)}\n`;
}

/** Whether a finding counts as drift: it decides about the exit code. */
export function isDrift({ kind, ignored: rule }: DriftFinding): boolean {
  return kind !== "expiring" && rule === undefined;
}

/** Credentials that are due and not ignored. */
export function isWarning({ kind, ignored: rule }: DriftFinding): boolean {
  return kind === "expiring" && rule === undefined;
}
