import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TenantFilesInvalid } from "../errors.ts";
import { readPlans } from "../load-fleet.ts";
import { parseTenant } from "../parse-tenant.ts";
import type { StackContext } from "../../stack/context.ts";

/** Writes the tenant file anew, if it is still valid then. Throws TENANT_FILES_INVALID. */
export function editTenantFile(context: StackContext, id: string, change: (text: string) => string): void {
  const path = tenantPath(context, id);
  const text = change(readFileSync(path, "utf8"));
  refuseInvalid(context.projectDir, text, path);
  writeFileSync(path, text);
}

/** Throws TENANT_FILES_INVALID when this is not the text of a valid tenant file: nobody is left with one that tenantry wrote. */
export function refuseInvalid(projectDir: string, text: string, file: string): void {
  const plans = readPlans(join(projectDir, "tenants", "plans.yaml"));
  const parsed = parseTenant(text, file, plans.ok ? plans.value : undefined);
  if (!parsed.ok) throw new TenantFilesInvalid(parsed.faults);
}

/** Where a tenant's file is. */
export function tenantPath({ projectDir, stack }: StackContext, id: string): string {
  return join(projectDir, "tenants", stack, `${id}.yaml`);
}
