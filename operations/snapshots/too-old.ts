import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import type { Cut } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";

/**
 * Work that makes a database as of a cut. How Turso refuses a time that is too far back, no document says: here a 400, where the
 * source and its group are known to exist, is taken for that. Throws RESTORE_TOO_OLD.
 */
export async function orTooOld<Result>(cut: Cut, tenant: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    if (!VendorError.hasStatus(cause, 400)) throw cause;
    const what = `${cut.at}; Turso says: ${cause.said}`;
    throw new TenantryError(snapshotErrors.RESTORE_TOO_OLD, what, { tenant, cause });
  }
}
