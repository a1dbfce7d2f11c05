import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "./errors.ts";
import { VendorError } from "./vendor-error.ts";

/** The context of a call, for its cancellation and its errors. */
export interface Serving {
  readonly signal?: AbortSignal | undefined;
  readonly tenant?: string | undefined;
}

/** Whether it is unknown if the call took effect: the vendor failed part-way, or its answer was lost. */
export function isAmbiguous(error: unknown): boolean {
  return (
    TenantryError.is(error, httpErrors.VENDOR_UNREACHABLE) || VendorError.hasStatus(error, 408, 500, 502, 503, 504)
  );
}
