import { type ErrorContext, type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import { type Shown, shownWords } from "../../output/shown.ts";
import { httpErrors } from "./errors.ts";

/** An answer of a vendor that is not a success. Resource types look at `status` and `body`, and rethrow as their own kind. */
export class VendorError extends TenantryError {
  readonly status: number;
  /** The parsed JSON body, or the text when it is none. */
  readonly body: unknown;
  /** The vendor's own words, as they may be shown. */
  readonly said: Shown;

  constructor(vendor: string, answer: { status: number; body: unknown; said: string }, context: ErrorContext) {
    const said = shownWords(answer.said);
    super(kindOf(answer.status), `${vendor} answered ${answer.status}: ${said}`, {
      ...context,
      status: answer.status,
    });
    this.status = answer.status;
    this.body = answer.body;
    this.said = said;
  }

  static hasStatus(error: unknown, ...statuses: number[]): error is VendorError {
    return error instanceof VendorError && statuses.includes(error.status);
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 401 || status === 403) return httpErrors.VENDOR_UNAUTHORIZED;
  return status === 429 ? httpErrors.VENDOR_THROTTLED : httpErrors.VENDOR_FAILED;
}
