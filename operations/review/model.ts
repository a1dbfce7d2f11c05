import * as z from "zod";

import { shownText } from "../../output/shown-text.ts";
import { action } from "../engine/steps.ts";

const settingChange = z
  .strictObject({
    path: z.string().describe("Pulumi's property path: `config.env.LOG_LEVEL`."),
    before: shownText("Absent: it did not exist. A secret appears as `[secret]`.").optional(),
    after: shownText("Absent: it will not exist. A secret appears as `[secret]`.").optional(),
  })
  .describe("One setting, before and after, as text for people.");
export type SettingChange = Readonly<z.infer<typeof settingChange>>;

const resourceChange = z.strictObject({
  kind: z.string().describe("For people: bucket, access key, machine …"),
  urn: z.string(),
  name: z.string().describe("The resource's name in the program: the tenant's id, or `<tenant>/<name>`."),
  id: z.string().optional().describe("The vendor's id, where it exists."),
  action,
  settings: z.array(settingChange),
  consequence: z.string().optional().describe("What it means for the tenant's users. Absent: they notice nothing."),
  loses: z.string().optional().describe("The data that would be destroyed."),
  unguarded: z.boolean().describe("It would destroy a tenant's data, and no tenant file declares that."),
});
export type ResourceChange = Readonly<z.infer<typeof resourceChange>>;

export const monthly = z
  .strictObject({
    usd: z.number().describe("US dollars a month, at list prices and with the same assumed use before and after."),
    unknown: z.array(z.string()).describe("Additional items without a known price."),
  })
  .describe("The change of the monthly cost; negative when it gets cheaper.");
export type Monthly = Readonly<z.infer<typeof monthly>>;

export const tenantChanges = z.strictObject({
  tenant: z.string().describe("The tenant's id; `(stack)` for what several tenants share."),
  changes: z.array(resourceChange),
  monthly: monthly.optional(),
});
export type TenantChanges = Readonly<z.infer<typeof tenantChanges>>;

export const failure = z.strictObject({ tenant: z.string(), message: z.string() });

export const violation = z
  .strictObject({
    policy: z.string(),
    level: z.enum(["mandatory", "advisory"]),
    tenant: z.string(),
    message: z.string(),
    file: z.string().describe("The tenant's file, or the file nearest to the decisive setting."),
    line: z.int(),
    column: z.int(),
    path: z.string().describe("The field; empty for the tenant as a whole."),
  })
  .describe("A policy that a tenant breaks.");
export type PlacedViolation = Readonly<z.infer<typeof violation>>;

/** A tenant that a rollout under way does not reach. */
export const leftOut = z.strictObject({
  rollout: z.string(),
  tenant: z.string(),
  as: z.enum(["held", "skipped", "own-value"]),
  why: z.string(),
});
export type LeftOut = z.infer<typeof leftOut>;

export const due = z
  .strictObject({
    tenant: z.string(),
    what: z.string().describe("`trial`, or the credential: `key of the machine`."),
    at: z.iso.datetime(),
    isOverdue: z.boolean(),
  })
  .describe("What is due within 7 days or overdue: a warning, not a change in this plan.");
