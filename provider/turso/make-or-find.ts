import { setTimeout as sleep } from "node:timers/promises";

import { isAmbiguous } from "../http/serving.ts";
import { VendorError } from "../http/vendor-error.ts";

/** How often making is tried when the answer does not tell whether it was made. */
const ATTEMPTS = 4;
/** The same where the name is taken: up to 30 s, for a database as of an earlier time is not made at once. */
const ATTEMPTS_TAKEN = 7;
const FIRST_PAUSE_MS = 500;

/**
 * Makes something whose name can exist only once. When the name is taken, or the answer does not tell whether it was
 * made (a time-out, a broken connection, a 5xx), it looks: `found` is what exists under the name, whoever made it.
 * Only when nothing exists there is making tried again, so nothing is ever made twice.
 */
export async function makeOrFind<Made, Found>(
  steps: { make(): Promise<Made>; find(): Promise<Found | undefined> },
  signal: AbortSignal,
  firstPauseMs = FIRST_PAUSE_MS,
): Promise<{ made: Made } | { found: Found }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { made: await steps.make() };
    } catch (error) {
      if (!isNameTaken(error) && !isAmbiguous(error)) throw error;
      const found = await steps.find();
      if (found !== undefined) return { found };
      // A name can be taken by something that is not to be seen yet: an earlier try that is still at work.
      if (attempt >= (isNameTaken(error) ? ATTEMPTS_TAKEN : ATTEMPTS)) throw error;
    }
    await sleep(firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

/**
 * Whether Turso says that a name is taken: 409 by its documents, 422 by its own CLI, and since 2026-07-30 400 with these
 * words (turso-docs#409). What it really means, only looking at the database tells.
 */
export function isNameTaken(error: unknown): boolean {
  return (
    VendorError.hasStatus(error, 409, 422) || (VendorError.hasStatus(error, 400) && /already exists/i.test(error.said))
  );
}
