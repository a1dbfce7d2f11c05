import * as z from "zod";

import { REGIONS } from "../regions.ts";
import type { RegionCode } from "../regions.ts";
import { BUILT_IN } from "./built-in.ts";
import { access } from "./access.ts";
import { database } from "./database.ts";
import { drift } from "./drift.ts";
import { field, orList, textLike } from "./field.ts";
import { labels } from "./labels.ts";
import { calendarDay, manifest, reason, state } from "./lifecycle.ts";
import { machine } from "./machine.ts";
import { mount } from "./mount.ts";
import { rotation } from "./rotation.ts";
import { snapshots } from "./snapshots.ts";
import { storage, storageWithKept } from "./storage.ts";

/** What the name of a plan looks like. */
export const PLAN_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,38}$/;

const regionCodes = Object.keys(REGIONS) as [RegionCode, ...RegionCode[]];

const STORAGE = "Where the tenant's files are.";

/** What a plan can set for all its tenants, and a tenant file for itself. */
const settings = {
  region: field(z.enum(regionCodes, { error: `expected a region: ${orList(regionCodes)}` }), {
    description:
      "One choice for bucket location, database group location and machine region; each can be overridden. A change moves the bucket in place, replaces the machine, and replaces the database if its location differs. Rows are not moved.",
    default: BUILT_IN.region,
  }),
  storage: field(storage, { description: STORAGE }),
  database: field(database, { description: "The tenant's database." }),
  machine: field(machine, { description: "The machine that runs the tenant's app." }),
  mount: field(mount, { description: "How the files appear inside the machine." }),
  rotation: field(rotation, { description: "Maximum age of keys and tokens." }),
  snapshots: field(snapshots, {
    description: "How often snapshots of files and rows are taken. Needs `storage.snapshots: true`.",
  }),
};

/** A tenant file as written, `tenants/<stack>/<tenant>.yaml`. Everything but the owner has a default. */
export const tenantFile = z.strictObject({
  owner: z
    .email({ error: "expected the e-mail address of the tenant's contact" })
    .max(254, { error: "expected at most 254 characters" })
    .meta({
      description: "E-mail address of the tenant's contact. A change replaces nothing.",
      examples: ["ops@acme.example"],
    }),
  state: field(state, {
    description:
      "active; suspended (machine stopped, database blocked, keys off, nothing deleted); offboarding (exported, protections removed); purged (deleted, the id stays reserved).",
    default: "active",
  }),
  reason: field(reason, {
    description:
      "Why the tenant is suspended or leaves. `tenantry suspend --reason` writes it. Must not contain a secret.",
    examples: ["invoice 4711 is open"],
  }),
  expires: field(calendarDay, {
    description:
      "Day in UTC from which the tenant is due for suspension, for trials. plan and list show it, and `tenantry suspend --expired` edits the file.",
    examples: ["2027-01-31"],
  }),
  hold: field(reason, {
    description: "Why the tenant's data must be kept. While it is set, tenantry refuses offboarding and purged.",
    examples: ["legal hold, case 12"],
  }),
  manifest: field(manifest, {
    description:
      "The manifest of the export. `tenantry offboard --export` writes it; required for the state purged. While it is set, the tenant is suspended.",
  }),
  purgeAfter: field(calendarDay, {
    description: "Day in UTC before which `tenantry offboard` does not purge without a reason.",
    examples: ["2027-01-31"],
  }),
  labels: field(labels, {
    description:
      "Your own names and values, by which a rollout selects tenants (docs/rollouts.md). No effect at a vendor.",
    examples: [{ tier: "beta" }],
  }),
  plan: field(textLike(PLAN_NAME, "expected the name of a plan in tenants/plans.yaml"), {
    description: "Named set of defaults in tenants/plans.yaml.",
    default: "standard",
  }),
  ...settings,
  storage: field(storageWithKept, { description: STORAGE }),
  access: field(access, {
    description: "Keys for people's computers, one entry per computer. Removing an entry revokes its key.",
    default: [],
  }),
  drift: field(drift, {
    description: "Differences that `tenantry drift` ignores, each with a reason and an end (docs/drift.md).",
  }),
});
/** A tenant file as written. */
export type TenantFile = z.infer<typeof tenantFile>;

/** A tenant file whose owner may be missing: enough to check everything else. */
export const ownerlessFile = tenantFile.partial({ owner: true });
export type OwnerlessFile = z.infer<typeof ownerlessFile>;

/** A plan: defaults for the tenants that name it. */
export const plan = z.strictObject(settings);
/** What one plan sets. */
export type Plan = z.infer<typeof plan>;

/** `tenants/plans.yaml`: plans by name. */
export const plansFile = z.record(
  textLike(PLAN_NAME, "expected a plan name: 1 to 39 characters a-z, 0-9 and single dashes, starting with a letter"),
  plan,
);
/** All plans of tenants/plans.yaml, by name. */
export type Plans = Readonly<Record<string, Plan>>;
