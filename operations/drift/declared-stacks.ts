import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { stackErrors } from "../../stack/errors.ts";
import { type Named, namesAtVendors } from "../../stack/names-at-vendors.ts";
import { nameAtVendors } from "../../stack/settings.ts";
import { siblingsOf, stacksIn, tenantIdsOf } from "../../stack/stack-group.ts";
import { tenantErrors } from "../../tenants/errors.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { soundFleet } from "../engine/sound-fleet.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import type { Stack } from "./ownership.ts";

/** What the files of the project declare: this stack's tenants, as far as their files are sound, and the names that its other stacks hold. */
export function declaredStacks(context: StackContext): { ours: Stack; tenants: readonly Tenant[] } {
  const { stack, settings, projectDir } = context;
  const { tenants, unsound } = soundFleet(context);
  // Names follow from the id alone: what a tenant with an invalid file has is not unmanaged for that.
  const named = [...tenants.map(({ id }) => id), ...unsound].flatMap((id) =>
    namesOf(context, id).map((name) => [name, id] as const),
  );
  const others = stacksIn(projectDir).flatMap((other) => (other === stack ? [] : namesOfStack(other, projectDir)));
  const siblings = siblingsOf(context);
  const ours = {
    ...{ prefix: settings.prefix, stack: nameAtVendors(stack, settings), fleetId: settings.fleetId },
    tenants: new Map(named),
    others: new Set(others),
    elsewhere: new Set(siblings.flatMap((other) => tenantIdsOf(other, projectDir))),
    sharesGroups: siblings.length > 0,
  };
  return { ours, tenants };
}

/** Names of a stack that is not asked about. Its files may be broken or missing; then only names and marks tell. */
function namesOfStack(stack: string, projectDir: string): string[] {
  try {
    const opened = openStack(stack, projectDir);
    const { tenants } = loadFleet(join(projectDir, "tenants"), stack);
    return tenants.flatMap(({ id }) => namesOf(opened, id));
  } catch (error) {
    const { TENANT_FILES_INVALID, TENANT_FOLDER_MISSING } = tenantErrors;
    const mayBe = [TENANT_FILES_INVALID, TENANT_FOLDER_MISSING, stackErrors.STACK_SETTINGS];
    if (mayBe.some((kind) => TenantryError.is(error, kind))) return [];
    throw error;
  }
}

function namesOf(of: Named, tenant: string): string[] {
  const { bucket, app, database } = namesAtVendors(of, tenant);
  return [...new Set([bucket, app, database])];
}
