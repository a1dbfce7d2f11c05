import type { Tenant } from "../model/tenant.ts";
import { withSettings } from "./setting-text.ts";

/** The text of a tenant file with this state, and why where a reason is given. */
export function withState(text: string, state: Tenant["state"], reason: string | undefined): string {
  return withSettings(text, [
    { path: ["state"], value: state },
    ...(reason === undefined ? [] : [{ path: ["reason"], value: reason }]),
  ]);
}

/** The text of a tenant file with the tenant active again, without the reason for its suspension. */
export function resumedText(text: string): string {
  return withState(withSettings(text, [{ path: ["reason"], value: undefined }]), "active", undefined);
}

/** The text of a tenant file after the export: the protections are lifted, and the tenant stays closed. */
export function exportedText(text: string, manifest: NonNullable<Tenant["manifest"]>, purgeAfter: string): string {
  return withSettings(text, [
    { path: ["state"], value: "offboarding" },
    { path: ["manifest"], value: manifest },
    { path: ["purgeAfter"], value: purgeAfter },
  ]);
}
