import { TenantryError } from "../errors/tenantry-error.ts";
import { stackErrors } from "./errors.ts";

/** A stack's name becomes part of paths: letters, digits, `_`, `.` and `-`, not starting with a dot or a dash. */
const STACK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** Whether a text can be the name of a stack. */
export function isStackName(name: string): boolean {
  return STACK_NAME.test(name);
}

/** Throws STACK_NAME_INVALID. */
export function refuseOtherNames(stack: string): void {
  if (!isStackName(stack)) throw new TenantryError(stackErrors.STACK_NAME_INVALID, `not a stack's name: ${stack}`);
}
