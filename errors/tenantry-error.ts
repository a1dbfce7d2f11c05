import { printable, printableLines } from "../output/printable.ts";

/** One way something can go wrong: a stable code people can search for, what it means and what to do next. */
export interface ErrorKind {
  readonly code: string;
  /** One sentence: what happened, in general. */
  readonly meaning: string;
  /** One sentence in the imperative: what the reader does next. */
  readonly next: string;
  /** What a verb that ends with it exits with. Default 1. */
  readonly exit?: number;
}

/** Where an error happened. Everything here is printed: never put a secret into it. */
export interface ErrorContext {
  /** The resource, as a person knows it: "bucket tnt-prod-acme". */
  readonly resource?: string | undefined;
  readonly tenant?: string | undefined;
  /** The vendor operation: "CreateBucket", "POST /v1/apps". */
  readonly call?: string | undefined;
  /** The HTTP status of the answer, if there was one. */
  readonly status?: number | undefined;
  /** The vendor's id of the request, to quote to their support. */
  readonly requestId?: string | undefined;
  /** What to do next in this very case; replaces the kind's general advice. */
  readonly next?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Declares the error kinds of one room. Each room has an `errors.ts` that calls this once;
 * `docs/errors.md` is generated from all of them.
 */
export function errorKinds<Code extends string>(
  kinds: Readonly<Record<Code, Omit<ErrorKind, "code">>>,
): { readonly [K in Code]: ErrorKind } {
  const entries = Object.entries<Omit<ErrorKind, "code">>(kinds);
  return Object.fromEntries(entries.map(([code, kind]) => [code, { code, ...kind }])) as {
    readonly [K in Code]: ErrorKind;
  };
}

/** An error meant for people: says what happened, where, and what to do next. Compare `kind`, never the text. */
export class TenantryError extends Error {
  override readonly name = "TenantryError";
  readonly kind: ErrorKind;
  readonly context: ErrorContext;

  constructor(kind: ErrorKind, what: string, context: ErrorContext = {}) {
    super(describe(kind, what, context), context.cause === undefined ? {} : { cause: context.cause });
    this.kind = kind;
    this.context = context;
  }

  get code(): string {
    return this.kind.code;
  }

  /** What a verb that ends with it exits with. */
  get exitCode(): number {
    return this.kind.exit ?? 1;
  }

  /** Whether `error` is one of ours and of this kind. */
  static is(error: unknown, kind: ErrorKind): error is TenantryError {
    return error instanceof TenantryError && error.kind.code === kind.code;
  }
}

function describe(kind: ErrorKind, what: string, context: ErrorContext): string {
  const where = [
    context.resource,
    context.tenant === undefined ? undefined : `tenant ${context.tenant}`,
    context.call === undefined ? undefined : `call ${context.call}`,
    context.status === undefined ? undefined : `status ${context.status}`,
    context.requestId === undefined ? undefined : `request ${context.requestId}`,
  ].filter((part) => part !== undefined);
  const place = where.length === 0 ? "" : ` (${where.map(printable).join(", ")})`;
  return printableLines(`${kind.code}: ${what}${place}\n  next: ${context.next ?? kind.next}`);
}
