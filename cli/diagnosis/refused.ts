import { TenantryError } from "../../errors/tenantry-error.ts";
import type { DoctorFinding } from "./finding.ts";

/** One of our errors as a finding; any other is a fault of ours and goes on. */
export function refused(subject: string, error: unknown): DoctorFinding {
  if (!(error instanceof TenantryError)) throw error;
  const [what] = error.message.split("\n");
  return { subject, state: "missing", detail: what, fix: error.context.next ?? error.kind.next };
}
