/**
 * Which of Fly's services answers: api.machines.dev fronts several, and their errors look different.
 * "flaps" serves machines, volumes and secrets; "platform" serves apps, addresses and tokens.
 */
export type Service = "flaps" | "platform";

/** The codes of `status` in an error body (spec `main.statusCode`, and `name_taken` from fly-go's flaps/flaps_error.go). */
export type ErrorCode = "unknown" | "insufficient_capacity" | "name_taken";

/** A request that is turned down: the HTTP status and the text a client of Fly would see. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: ErrorCode;

  constructor(status: number, message: string, code: ErrorCode = "unknown") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The body of an error answer, in the shape of the service that gives it. */
export function errorBody(service: Service, refusal: Refusal): Readonly<Record<string, string>> {
  if (service === "flaps") return { error: refusal.message, status: refusal.code };
  return refusal.code === "unknown" ? { message: refusal.message } : { message: refusal.message, status: refusal.code };
}

// flaps names its errors as Twirp does, and Twirp fixes the HTTP status of each name.

export function invalidArgument(why: string): Refusal {
  return new Refusal(400, `invalid_argument: ${why}`);
}

export function failedPrecondition(why: string): Refusal {
  return new Refusal(412, `failed_precondition: ${why}`);
}

export function notFound(what: string): Refusal {
  return new Refusal(404, `not_found: ${what} not found`);
}
