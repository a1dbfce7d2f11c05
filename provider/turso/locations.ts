import { createClient } from "@tursodatabase/api";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "../http/errors.ts";
import type { TursoAccount } from "./client.ts";

/** A location as Turso lists it: its code and where that is. */
export interface TursoLocation {
  /** What a group's `location` takes: `aws-us-east-1`. */
  readonly code: string;
  /** For people: `AWS US East (Virginia)`. */
  readonly description: string;
}

const LIMIT_MS = 15_000;

/**
 * The locations in which the account can have groups, so that `doctor` can tell which regions of a stack have one.
 *
 * Asked through the vendor's own `@tursodatabase/api`, which does this well once its missing time-out is added; why it is
 * not used elsewhere is told at `tursoClient`. Its other organisation calls are left alone as well: organizations.list()
 * reads a field that the answer does not have.
 *
 * Throws VENDOR_UNREACHABLE and VENDOR_UNAUTHORIZED.
 *
 * @param limitMs how long to wait, in milliseconds; default 15 000
 */
export async function tursoLocations(account: TursoAccount, limitMs = LIMIT_MS): Promise<TursoLocation[]> {
  const turso = createClient({
    org: account.organization,
    token: account.token,
    // Without the slash at the end the client drops the version.
    baseUrl: `${account.endpoint.replace(/\/$/, "")}/v1/`,
  });
  const call = "GET /v1/locations";
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    tooLate.reject(new TenantryError(httpErrors.VENDOR_UNREACHABLE, "Turso did not answer in time", { call }));
  }, limitMs);
  try {
    const locations = await Promise.race([turso.locations.list(), tooLate.promise]);
    return locations.map(({ code, description }) => ({ code: code, description }));
  } catch (cause) {
    throw cause instanceof TenantryError ? cause : explain(cause, call);
  } finally {
    clearTimeout(timer);
  }
}

// The client's error class is declared but not exported, and its message may be empty.
function explain(cause: unknown, call: string): TenantryError {
  const status =
    cause instanceof Error && "status" in cause && typeof cause.status === "number" ? cause.status : undefined;
  const refused = status === 401 || status === 403;
  if (refused) {
    return new TenantryError(httpErrors.VENDOR_UNAUTHORIZED, "Turso refused the API token", { call, status, cause });
  }
  const kind = status === undefined ? httpErrors.VENDOR_UNREACHABLE : httpErrors.VENDOR_FAILED;
  return new TenantryError(kind, "Turso did not list its locations", { call, status, cause });
}
