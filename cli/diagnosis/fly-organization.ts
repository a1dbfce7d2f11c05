import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "../../provider/http/errors.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { TryCredentials } from "./credentials.ts";
import type { DoctorFinding } from "./finding.ts";

/**
 * Which organisations Fly's token reaches, and whether the stack's is one of them: Fly takes `personal` and other aliases in
 * a request and reads back the slug, by which each app would be replaced. Nothing when Fly refuses the token, which the line
 * of the credentials says.
 */
export async function flyOrganization(
  account: Accounts["fly"],
  ask: TryCredentials["flyOrganizations"],
): Promise<DoctorFinding | []> {
  const looked = { subject: "fly organisation", source: account.endpoint } as const;
  let reached: readonly string[];
  try {
    reached = await ask(account);
  } catch (error) {
    if (TenantryError.is(error, httpErrors.VENDOR_UNAUTHORIZED)) return [];
    return { ...looked, state: "attention", detail: "Fly does not say which organisations the token reaches" };
  }
  if (reached.includes(account.organization)) return { ...looked, state: "ok", detail: reached.join(", ") };
  return {
    ...looked,
    state: "missing",
    detail: `the token reaches ${reached.join(", ") || "none"}, and not ${account.organization}`,
    fix: "set tenantry:flyOrganization to the slug of an organisation that the token reaches, or take another token",
  };
}
