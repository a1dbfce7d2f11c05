import { type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { VendorCall } from "../http/vendor-http.ts";
import { flyErrors } from "./errors.ts";

/**
 * Fly refuses machines and volumes without capacity with many statuses, including 403; only the message shows the reason
 * (flyctl ensure_builder_test.go and issue 3732, Kilo-Org/cloud pull requests 412, 516, 787).
 */
const REFUSALS: readonly { readonly words: RegExp; readonly kind: ErrorKind }[] = [
  { words: /allowed quota|quota exceeded|reached its machine limit/i, kind: flyErrors.FLY_QUOTA },
  { words: /deploys to this host are temporarily disabled/i, kind: flyErrors.FLY_HOST_CLOSED },
  {
    words: /no capacity|insufficient (?:resources|capacity|memory|cpu)|could not reserve resource/i,
    kind: flyErrors.FLY_NO_CAPACITY,
  },
];

/** The error that a refusal of a machine or volume means; undefined when it is none of these. */
export function wantOfRoom(error: unknown, { method, path }: VendorCall): TenantryError | undefined {
  if (!(error instanceof VendorError) || method === "GET" || !/\/(?:machines|volumes)(?:[/?]|$)/.test(path))
    return undefined;
  const { status } = (typeof error.body === "object" && error.body !== null ? error.body : {}) as { status?: unknown };
  const named = status === "insufficient_capacity" ? flyErrors.FLY_NO_CAPACITY : undefined;
  const kind = named ?? REFUSALS.find(({ words }) => words.test(error.said))?.kind;
  if (kind === undefined) return undefined;
  const { resource = "Fly" } = error.context;
  return new TenantryError(kind, `${resource}: ${error.said}`, { ...error.context, cause: error });
}

/** The machine that has the name already, as a refusal to make one says. */
export function holderOf(error: unknown): string | undefined {
  if (!VendorError.hasStatus(error, 409)) return undefined;
  return /already_exists.*machine ID ([0-9A-Za-z]+)/.exec(error.said)?.[1];
}
