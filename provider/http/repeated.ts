import { setTimeout as sleep } from "node:timers/promises";

import { exchange, type Request, type Response } from "./exchange.ts";

/** How often and after what a request is sent again. */
export interface Repeating {
  /** Attempts after the first. */
  readonly retries: number;
  /** Whether a repeat after an ambiguous answer (5xx, reset, time-out) does no harm. A 429 says that nothing happened. */
  readonly isIdempotent: boolean;
}

const TRANSIENT = [408, 429, 500, 502, 503, 504];
const NOT_DONE = [429];
/** Of these the vendor may say when. */
const SAYS_WHEN = [429, 503];
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Sends a request until its answer is not a temporary refusal, and returns that answer; after all attempts, the last one.
 *
 * @param prepared creates the request of each attempt: waits until it may be sent, and signs it. Its errors are passed on.
 */
export async function repeated(
  prepared: () => Promise<Request>,
  { retries, isIdempotent }: Repeating,
): Promise<Response> {
  const passing = isIdempotent ? TRANSIENT : NOT_DONE;
  for (let count = 1; ; count += 1) {
    const request = await prepared();
    const isLast = count > retries;
    const response = await exchange(request).catch((error: unknown) => {
      // A broken connection is ambiguous.
      if (isLast || !isIdempotent || request.signal?.aborted === true) throw error;
      return undefined;
    });
    if (response !== undefined && (isLast || !passing.includes(response.status))) return response;
    await sleep(pauseAfter(response, count), undefined, request.signal === undefined ? {} : { signal: request.signal });
  }
}

/** As long as the vendor says; otherwise longer each time, with jitter. */
function pauseAfter(response: Response | undefined, count: number): number {
  const asked =
    response !== undefined && SAYS_WHEN.includes(response.status) ? saidIn(response.headers["retry-after"]) : undefined;
  return Math.min(LONGEST_PAUSE_MS, asked ?? Math.random() * FIRST_PAUSE_MS * 2 ** (count - 1));
}

/** Retry-After is seconds or a date. Undefined of anything else. */
function saidIn(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
