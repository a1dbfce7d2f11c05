/** A request that is refused, with the status and the code that Tigris would answer. Each surface words it in its own form. */
export class Refusal extends Error {
  readonly status: 400 | 403 | 404 | 405 | 409 | 500 | 501 | 503;
  readonly code: string;

  constructor(status: Refusal["status"], code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The answer for `error`: a Refusal unchanged, anything else as an internal error, which is logged. */
export function refusalOf(error: unknown, log: (line: string) => void): Refusal {
  if (error instanceof Refusal) return error;
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new Refusal(500, "InternalError", "We encountered an internal error. Please try again.");
}
