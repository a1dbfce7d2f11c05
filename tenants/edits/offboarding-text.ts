import type { Tenant } from "../model/tenant.ts";
import { adoptedText } from "./field-text.ts";
import { withField } from "./top-field-text.ts";

/** The text of a tenant file whose tenant was exported: its protections go, and it stays closed. */
export function exportedText(text: string, manifest: NonNullable<Tenant["manifest"]>, purgeAfter: string): string {
  const named = adoptedText(text, [{ path: ["manifest"], value: manifest }]);
  return withField(withField(named, "purgeAfter", purgeAfter), "state", "offboarding");
}

/** The text of a tenant file that has the tenant deleted, and is its tombstone from then on. */
export function purgedText(text: string, reason: string | undefined): string {
  const purged = withField(text, "state", "purged");
  return reason === undefined ? purged : withField(purged, "reason", reason);
}
