import { TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { isNameTaken } from "../../provider/turso/make-or-find.ts";
import type { PassingCopy } from "../handover/passing-copy.ts";
import type { Cut } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";

/**
 * The call that makes a database as of a cut. How Turso refuses a time that is too far back, no document says: here a 400, where the
 * source and its group are known to exist and the name is free, is taken for that. Throws RESTORE_TOO_OLD.
 */
export async function orTooOld<Made>(cut: Cut, tenant: string, made: Promise<Made>): Promise<Made> {
  try {
    return await made;
  } catch (cause) {
    if (!VendorError.hasStatus(cause, 400) || isNameTaken(cause)) throw cause;
    const what = `${cut.at}; Turso says: ${cause.said}`;
    throw new TenantryError(snapshotErrors.RESTORE_TOO_OLD, what, { tenant, cause });
  }
}

/** How a passing copy is made as of a cut. */
export function asOfCut(cut: Cut, tenant: string): Required<Pick<PassingCopy, "timestamp" | "making">> {
  return { timestamp: cut.at, making: (made) => orTooOld(cut, tenant, made) };
}
