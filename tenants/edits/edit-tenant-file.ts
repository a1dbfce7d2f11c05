import { readFileSync } from "node:fs";
import { join } from "node:path";

import { TenantFilesInvalid } from "../errors.ts";
import type { FileFault } from "../fault.ts";
import { readPlans } from "../load-fleet.ts";
import { parseTenant } from "../parse-tenant.ts";
import { schemaFaults } from "../schemas/faults.ts";
import { schemaFolders } from "../schemas/read-folder.ts";
import type { StackContext } from "../../stack/context.ts";
import { writeWhole } from "../../stack/whole-file.ts";

/**
 * Rewrites the tenant file if the result is valid; false: the edit has no effect. Throws TENANT_FILES_INVALID, NO_SPACE,
 * NOT_WRITABLE, and leaves the file as it is then.
 */
export function editTenantFile(context: StackContext, id: string, change: (text: string) => string): boolean {
  const path = tenantPath(context, id);
  const before = readFileSync(path, "utf8");
  const text = change(before);
  if (text === before) return false;
  refuseInvalid(context.projectDir, text, path);
  writeWhole(path, text);
  return true;
}

/** Throws TENANT_FILES_INVALID when this is not the text of a valid tenant file, so that tenantry never writes an invalid one. */
export function refuseInvalid(projectDir: string, text: string, file: string): void {
  const faults = faultsIn(projectDir, text, file);
  if (faults.length > 0) throw new TenantFilesInvalid(faults);
}

/** The faults of this text as a tenant file of the project. */
export function faultsIn(projectDir: string, text: string, file: string): readonly FileFault[] {
  const plans = readPlans(join(projectDir, "tenants", "plans.yaml"));
  const parsed = parseTenant(text, file, plans.ok ? plans.value : undefined);
  return parsed.ok ? schemaFaults(parsed.value, text, file, schemaFolders(projectDir)) : parsed.faults;
}

/** Where a tenant's file is. */
export function tenantPath({ projectDir, stack }: StackContext, id: string): string {
  return join(projectDir, "tenants", stack, `${id}.yaml`);
}
