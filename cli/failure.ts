import { TenantryError } from "../errors/tenantry-error.ts";
import { shownLines } from "../output/shown.ts";
import { unwritable } from "../stack/unwritable.ts";
import { cliErrors } from "./errors.ts";

/** A failure as people read it: always a code and a next step. The stack is shown only where somebody looks for it. */
export function told(error: unknown, isDebugged: boolean): string {
  const known = error instanceof TenantryError ? error : asKnown(error);
  const stack = isDebugged && error instanceof Error ? `\n${shownLines(error.stack ?? "")}` : "";
  return `${known.message}${stack}`;
}

const NETWORK = /^(?:ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|UND_ERR_)/;

function asKnown(error: unknown): TenantryError {
  const { code, cause, syscall, message } = partsOf(error);
  const words = shownLines(message);
  if ([code, partsOf(cause).code].some((each) => NETWORK.test(each))) {
    return new TenantryError(cliErrors.NOT_REACHED, shownLines(partsOf(cause).message || message), { cause: error });
  }
  // Node's own errors of the file system name the call and the path.
  if (isOfAnyUse(code, syscall)) return new TenantryError(cliErrors.FILE_UNUSABLE, words, { cause: error });
  const unwritten = unwritable("a file of tenantry", error);
  return unwritten instanceof TenantryError
    ? unwritten
    : new TenantryError(cliErrors.INTERNAL, words, { cause: error });
}

/** Whether the file was being read or written does not show; a full or read-only disk is of writing alone. */
function isOfAnyUse(code: string, syscall: string): boolean {
  return syscall !== "" && /^E[A-Z]+$/.test(code) && !["ENOSPC", "EDQUOT", "EROFS"].includes(code);
}

function partsOf(error: unknown): { code: string; syscall: string; message: string; cause: unknown } {
  const parts = (
    typeof error === "object" && error !== null
      ? error
      : { message: typeof error === "string" ? error : "nothing was thrown" }
  ) as {
    readonly code?: unknown;
    readonly syscall?: unknown;
    readonly message?: unknown;
    readonly cause?: unknown;
  };
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { code: text(parts.code), syscall: text(parts.syscall), message: text(parts.message), cause: parts.cause };
}
