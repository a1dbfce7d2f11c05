import { type ErrorContext, type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import { type Shown, shownWords } from "../../output/shown.ts";
import { type ClockGap, clockGapInWords } from "./clock-gap.ts";
import { httpErrors } from "./errors.ts";

/** What a vendor answered. */
export interface Refused {
  readonly status: number;
  /** The parsed JSON body, or the text when it is none. */
  readonly body: unknown;
  readonly said: string;
  /** By the answer's Date header. Undefined: the clocks agree, or the answer does not tell. */
  readonly clocks: ClockGap | undefined;
}

/** An answer of a vendor that is not a success. Resource types look at `status` and `body`, and rethrow as their own kind. */
export class VendorError extends TenantryError {
  readonly status: number;
  /** The parsed JSON body, or the text when it is none. */
  readonly body: unknown;
  /** The vendor's own words, as they may be shown. */
  readonly said: Shown;
  readonly clocks: ClockGap | undefined;

  constructor(vendor: string, { status, body, said: words, clocks }: Refused, context: ErrorContext) {
    const said = shownWords(words);
    const kind = kindOf(status, clocks);
    const clock = kind === httpErrors.CLOCK_WRONG && clocks ? `${clockGapInWords(clocks, vendor)}; ` : "";
    super(kind, `${clock}${vendor} answered ${status}: ${said}`, { ...context, status });
    this.status = status;
    this.body = body;
    this.clocks = clocks;
    this.said = said;
  }

  static hasStatus(error: unknown, ...statuses: number[]): error is VendorError {
    return error instanceof VendorError && statuses.includes(error.status);
  }
}

/** A vendor refuses a signature or a short-lived token if the clock is wrong: this advice comes before "check the token". */
function kindOf(status: number, clocks: ClockGap | undefined): ErrorKind {
  if (status === 401 || status === 403) {
    return clocks === undefined ? httpErrors.VENDOR_UNAUTHORIZED : httpErrors.CLOCK_WRONG;
  }
  return status === 429 ? httpErrors.VENDOR_THROTTLED : httpErrors.VENDOR_FAILED;
}
