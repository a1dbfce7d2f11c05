import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { StackContext } from "../stack/context.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { tenantPath } from "../tenants/edits/edit-tenant-file.ts";
import { TenantFilesInvalid } from "../tenants/errors.ts";
import { readPlans } from "../tenants/load-fleet.ts";
import type { Plans, TenantFile } from "../tenants/model/tenant-file.ts";
import { readYaml } from "../tenants/yaml/yaml-text.ts";
import type { Subject } from "./subject.ts";
import type { RolloutBasis } from "./view.ts";

/** The stack's tenants with what their files say themselves. Throws TENANT_FILES_INVALID. */
export function basisOf(context: StackContext, now: Date): RolloutBasis {
  const { tenants } = declaredFleet(context);
  const subjects = tenants.map((tenant): Subject => {
    const path = tenantPath(context, tenant.id);
    const text = readFileSync(path, "utf8");
    return { tenant, text, path, own: readYaml(text, path, "").value as TenantFile };
  });
  const plans = plansOf(context.projectDir);
  return { stack: context.stack, plans, subjects, today: now.toISOString().slice(0, 10) };
}

/** Throws TENANT_FILES_INVALID. */
export function plansOf(projectDir: string): Plans {
  const read = readPlans(join(projectDir, "tenants", "plans.yaml"));
  if (!read.ok) throw new TenantFilesInvalid(read.faults);
  return read.value;
}
