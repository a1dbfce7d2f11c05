import type * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { VendorCall } from "../http/vendor-http.ts";
import { tigrisErrors } from "./errors.ts";

/** Parses an answer; ignores unknown fields. Throws TIGRIS_ANSWER. */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  call: VendorCall,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Only the places: the values may be secret.
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "the whole answer").join(", ");
  throw new TenantryError(tigrisErrors.TIGRIS_ANSWER, `not as documented: ${places}`, {
    resource: call.resource,
    tenant: call.tenant,
    call: call.operation,
  });
}
