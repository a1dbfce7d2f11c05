import { stringify } from "yaml";

import { DEFAULT_PLAN } from "../model/resolve-tenant.ts";
import type { TenantFile } from "../model/tenant-file.ts";

/** What a new tenant's file starts with. */
export interface NewTenant {
  readonly id: string;
  readonly owner: string;
  readonly region?: NonNullable<TenantFile["region"]> | undefined;
  readonly plan?: string | undefined;
}

/** The text of a new tenant's file: what was chosen, and the common fields as comments, ready to be uncommented. */
export function newTenantText({ id, owner, region, plan }: NewTenant): string {
  return `# yaml-language-server: $schema=../tenant.schema.json
# Tenant ${id}. What is not set here comes from the plan in ../plans.yaml. Never write a secret into it.
${stringify({ owner }).trimEnd()}
${optional("region", region, "iad")}
${optional("plan", plan, DEFAULT_PLAN)}

# storage:
#   locations: global        # global | usa | eur | one region code | a list of two; default: the region's own
#   snapshots: true
#   softDeleteDays: 30       # 7 to 90

# database:
#   engine: turso            # turso | none

# machine:
#   memoryMb: 1024           # steps of 256
#   ingress: public          # public | private | none
#   env:
#     LOG_LEVEL: info

# access:                    # keys for people's computers
#   - name: alice-laptop
#     mode: read-only        # read-only | read-write
`;
}

function optional(key: string, value: string | undefined, example: string): string {
  return value === undefined ? `# ${key}: ${example}` : stringify({ [key]: value }).trimEnd();
}
