import { TenantryError } from "../../errors/tenantry-error.ts";
import { flyClient } from "../../provider/fly/client.ts";
import { httpErrors } from "../../provider/http/errors.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { DoctorFinding } from "./finding.ts";
import { refused } from "./refused.ts";

/** One cheap call per vendor that reads only. Each throws what its client throws. Turso's locations try its token. */
export interface TryCredentials {
  readonly tigris: (account: Accounts["tigris"]) => Promise<unknown>;
  readonly fly: (account: Accounts["fly"]) => Promise<unknown>;
  /** Slugs of the organisations that Fly's token reaches. */
  readonly flyOrganizations: (account: Accounts["fly"]) => Promise<readonly string[]>;
}

/** A person waits for the answer. */
const PATIENCE = { timeoutMs: 15_000, retries: 0 };

export const tryCredentials: TryCredentials = {
  tigris: (account) => tigrisClient(account, PATIENCE).iam.tryKey({}),
  fly: (account) => flyClient(account, PATIENCE).appsOf(account.organization, {}),
  flyOrganizations: (account) => flyClient(account, PATIENCE).organizationsOfToken({}),
};

const variables = {
  tigris: "TIGRIS_ACCESS_KEY_ID and TIGRIS_SECRET_ACCESS_KEY to an administrator's key",
  turso: "TURSO_API_TOKEN to a token of the organization",
  fly: "FLY_API_TOKEN (or FLY_ACCESS_TOKEN, which comes first) to a token of the organization",
} as const;

/** Whether a vendor accepts the credentials; `asking` is a call with them. */
export async function credentials(vendor: keyof typeof variables, asking: Promise<unknown>): Promise<DoctorFinding> {
  const subject = `credentials, by ${vendor}`;
  try {
    await asking;
    return { subject, state: "ok", source: "the environment", detail: "accepted" };
  } catch (error) {
    const finding = refused(subject, error);
    if (!TenantryError.is(error, httpErrors.VENDOR_UNAUTHORIZED)) return finding;
    return { ...finding, fix: `set ${variables[vendor]}` };
  }
}
