import type { S3ClientConfig } from "@aws-sdk/client-s3";

type Strategy = Exclude<NonNullable<S3ClientConfig["retryStrategy"]>, { retry: unknown }>;
type Token = Awaited<ReturnType<Strategy["acquireInitialRetryToken"]>>;

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;

/**
 * Waits between attempts like every other vendor call: jitter, twice as long each time, Retry-After if Tigris sends it. The
 * SDK's own strategy gives all calls of a process one budget of retries, which a fleet would use up at the first throttling.
 */
export function retrying(retries: number): Strategy {
  return {
    acquireInitialRetryToken: () => Promise.resolve(attempt(0, 0)),
    refreshRetryTokenForRetry(token, { errorType, retryAfterHint }) {
      const count = token.getRetryCount() + 1;
      if (errorType === "CLIENT_ERROR" || count > retries) {
        return Promise.reject(new Error("not to be repeated"));
      }
      const asked = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - Date.now();
      const own = Math.random() * FIRST_WAIT_MS * 2 ** count;
      return Promise.resolve(attempt(count, Math.min(LONGEST_WAIT_MS, Math.max(asked, own))));
    },
    recordSuccess() {
      // Attempts are counted per call, so nothing is returned to a budget.
    },
  };
}

function attempt(count: number, delayMs: number): Token {
  return { getRetryCount: () => count, getRetryDelay: () => delayMs };
}
