import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "./errors.ts";
import { VendorError } from "./vendor-error.ts";

/** Whom a call serves: for its cancellation and for its errors. */
export interface Serving {
  readonly signal?: AbortSignal | undefined;
  readonly tenant?: string | undefined;
}

/** Whether it is open if the call took effect: the vendor failed half way, or its answer was lost. */
export function isAmbiguous(error: unknown): boolean {
  return (
    TenantryError.is(error, httpErrors.VENDOR_UNREACHABLE) || VendorError.hasStatus(error, 408, 500, 502, 503, 504)
  );
}
