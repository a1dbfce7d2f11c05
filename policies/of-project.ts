import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { TenantryError } from "../errors/tenantry-error.ts";
import { policyErrors } from "./errors.ts";
import { POLICIES } from "./index.ts";
import type { Policy } from "./policy.ts";

/** A project's own policies: a file beside Pulumi.yaml that exports them as `policies`. */
export const OWN_POLICIES = "policies.ts";

const require = createRequire(import.meta.url);

/**
 * Every policy that holds in a project: tenantry's, then those of its own `policies.ts` where there is one. Runs that file.
 * Throws POLICIES_UNREADABLE when it cannot be loaded, exports no list of policies, or takes a name that is taken.
 */
export function policiesOf(projectDir: string): readonly Policy[] {
  const file = join(projectDir, OWN_POLICIES);
  return existsSync(file) ? [...POLICIES, ...ownPolicies(file)] : POLICIES;
}

function ownPolicies(file: string): readonly Policy[] {
  const { policies } = load(file);
  if (!Array.isArray(policies) || !policies.every(isPolicy)) {
    throw new TenantryError(policyErrors.POLICIES_UNREADABLE, `${file} exports no list of policies named \`policies\``);
  }
  const names = POLICIES.map(({ name }) => name);
  for (const { name } of policies) {
    if (names.includes(name))
      throw new TenantryError(policyErrors.POLICIES_UNREADABLE, `${file}: ${name} already exists`);
    names.push(name);
  }
  return policies;
}

function load(file: string): { readonly policies?: unknown } {
  try {
    return require(file) as { policies?: unknown };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it threw";
    throw new TenantryError(policyErrors.POLICIES_UNREADABLE, `${file}: ${why}`, { cause });
  }
}

function isPolicy(value: unknown): value is Policy {
  const { name, demands, check } = (value ?? {}) as Partial<Record<keyof Policy, unknown>>;
  return typeof name === "string" && typeof demands === "string" && typeof check === "function";
}
