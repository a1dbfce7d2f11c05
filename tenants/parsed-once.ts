import type { Plans } from "./model/tenant-file.ts";
import type { Tenant } from "./model/tenant.ts";
import { parsePlans } from "./parse-plans.ts";
import { parseTenant } from "./parse-tenant.ts";
import type { Parsed } from "./parsed.ts";

// A run, and the checks before it, read the same files several times, to detect changes by others. The text is read each
// time; a valid file with an unchanged text is not parsed again. An invalid one is, because the fault may depend on the time.

interface Sound {
  readonly text: string;
  readonly tenant: Tenant;
}

let lastPlans: { readonly text: string; readonly plans: Plans } | undefined;
/** By the plans that they were resolved with, then by file. */
const tenantsBefore = new WeakMap<Plans, Map<string, Sound>>();

/** `parsePlans`, once for the same text. */
export function plansOnce(text: string, file: string): Parsed<Plans> {
  if (lastPlans?.text === text) return { ok: true, value: lastPlans.plans };
  const parsed = parsePlans(text, file);
  if (parsed.ok) lastPlans = { text, plans: parsed.value };
  return parsed;
}

/** `parseTenant`, once for the same text and plans. */
export function tenantOnce(text: string, file: string, plans: Plans | undefined): Parsed<Tenant> {
  if (plans === undefined) return parseTenant(text, file, plans);
  const before = tenantsBefore.get(plans) ?? new Map<string, Sound>();
  tenantsBefore.set(plans, before);
  const known = before.get(file);
  if (known?.text === text) return { ok: true, value: known.tenant };
  const parsed = parseTenant(text, file, plans);
  if (parsed.ok) before.set(file, { text, tenant: parsed.value });
  return parsed;
}
