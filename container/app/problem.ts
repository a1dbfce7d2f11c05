/** Every way a request can fail: a stable code, the status of the answer, and what it means. */
export const PROBLEMS = {
  "invalid-id": { status: 400, title: "The id is not a note's id." },
  "invalid-json": { status: 400, title: "The body is not JSON." },
  "invalid-note": { status: 400, title: "The body is not a note." },
  "invalid-query": { status: 400, title: "The query string is not one this address takes." },
  "route-not-found": { status: 404, title: "There is nothing at this address." },
  "note-not-found": { status: 404, title: "There is no such note." },
  "method-not-allowed": { status: 405, title: "This address does not take this method." },
  "not-quiet": { status: 409, title: "Writes are not held back, or were not all the time." },
  "precondition-failed": { status: 412, title: "The note is not in the state the request asks for." },
  "note-too-large": { status: 413, title: "The note is larger than this service keeps." },
  "unsupported-media-type": { status: 415, title: "The body has to be application/json." },
  "note-unreadable": { status: 422, title: "The note's file is there, but it is not a note this service can read." },
  internal: { status: 500, title: "The service failed; its log says more." },
  "database-unavailable": { status: 503, title: "The database does not answer as it should." },
  "storage-unavailable": { status: 503, title: "The files cannot be reached; whether a write took place is open." },
  "storage-full": { status: 507, title: "There is no room left for the note." },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A failure the caller is told about. The details are printed: never put a body or a secret into them. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: { readonly cause?: unknown; readonly [key: string]: unknown } = {},
  ) {
    const { cause, ...details } = more;
    super(detail ?? PROBLEMS[code].title, cause === undefined ? {} : { cause });
    this.code = code;
    this.details = { ...(detail === undefined ? {} : { detail }), ...details };
  }

  /** Whether `error` is a problem with this code. */
  static is(error: unknown, code: ProblemCode): error is Problem {
    return error instanceof Problem && error.code === code;
  }
}
