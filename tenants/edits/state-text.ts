import { withField } from "./top-field-text.ts";

/** The text of a tenant file that suspends its tenant, and says why where a reason is given. */
export function suspendedText(text: string, reason: string | undefined): string {
  const suspended = withField(text, "state", "suspended");
  return reason === undefined ? suspended : withField(suspended, "reason", reason);
}

/** The text of a tenant file that has its tenant active again; why it was suspended goes. */
export function resumedText(text: string): string {
  return withField(withField(text, "reason", undefined), "state", "active");
}
