import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { recordedIn } from "../engine/recorded-tenants.ts";
import { offboardingErrors } from "./errors.ts";
import { counted } from "../../output/counted.ts";

/** What is to be done next for a tenant that leaves. Each step but the last edits its file. */
export type Step = "suspend" | "export" | "purge" | "done";

/** What was asked for besides the step. */
export interface Wish {
  /** Whether a place for an export was named. */
  readonly exports: boolean;
  /** Whether a new certificate was asked for, and nothing else. */
  readonly certify: boolean;
  /** The customer's word: no day is waited for. */
  readonly reason: string | undefined;
}

/**
 * The step that follows from the tenant's file and from what was applied of it. Pure.
 *
 * active -> suspended -> exported and offboarding -> purged. Throws OFFBOARD_HELD, OFFBOARD_NOT_PURGED, OFFBOARD_NOT_APPLIED,
 * OFFBOARD_NO_EXPORT, OFFBOARD_TOO_EARLY.
 *
 * @param stored the tenant's resources in the state
 */
export function nextStep(tenant: Tenant, stored: readonly StoredResource[], now: Date, wish: Wish): Step {
  const { id, state, hold, manifest, purgeAfter } = tenant;
  const refuse = (kind: keyof typeof offboardingErrors, what: string) =>
    new TenantryError(offboardingErrors[kind], what, { tenant: id });
  if (hold !== undefined) throw refuse("OFFBOARD_HELD", `${id} is on hold: ${hold}`);
  if (wish.certify && state !== "purged") throw refuse("OFFBOARD_NOT_PURGED", `${id} is ${state}`);
  if (state === "active") return "suspend";
  if (state === "purged") {
    if (stored.length > 0)
      throw refuse("OFFBOARD_NOT_APPLIED", `${id} still has ${counted(stored.length, "resource")}`);
    return "done";
  }
  const applied = recordedIn(stored).get(id)?.state;
  if (state === "suspended" && applied !== "suspended")
    throw refuse("OFFBOARD_NOT_APPLIED", `${id} is not suspended yet`);
  if (wish.exports) return "export";
  if (state === "suspended" || manifest?.contents === undefined)
    throw refuse("OFFBOARD_NO_EXPORT", `${id} was not exported`);
  if (applied !== "offboarding" || appliedContents(stored) !== manifest.contents)
    throw refuse("OFFBOARD_NOT_APPLIED", `${id} still has its protections, or those of an earlier export`);
  if (wish.reason === undefined && purgeAfter !== undefined && Date.parse(purgeAfter) > now.getTime())
    throw refuse("OFFBOARD_TOO_EARLY", `${id} is not purged before ${purgeAfter}`);
  return "purge";
}

function appliedContents(stored: readonly StoredResource[]): unknown {
  return stored.find(({ type }) => type === "tenantry:tigris:Bucket")?.inputs["exportedContents"];
}
