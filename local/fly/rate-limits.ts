/** How often an action may happen for one identifier. */
export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * The documented limits (Fly docs, "Working with the Machines API", rate limits): each action is counted per machine id
 * or app id. Whether creating apps is counted per organisation is documented nowhere; here it counts per app name.
 */
export const LIMITS = {
  action: { perSecond: 1, burst: 3 },
  getMachine: { perSecond: 5, burst: 10 },
  appDeletion: { perSecond: 100 / 60, burst: 100 },
} as const satisfies Record<string, Limit>;

export interface RateLimiter {
  /** Whether one more call of `action` for `identifier` is within the limit; if so, it is counted. */
  admit(limit: Limit, action: string, identifier: string): boolean;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** A bucket per action and identifier; the clock comes in, nothing runs in the background. */
export function rateLimiter(clock: () => Date): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    admit(limit, action, identifier) {
      const key = `${action} ${identifier}`;
      const now = clock().getTime();
      const { tokens, at } = buckets.get(key) ?? { tokens: limit.burst, at: now };
      const filled = Math.min(limit.burst, tokens + (Math.max(0, now - at) / 1000) * limit.perSecond);
      const admitted = filled >= 1;
      buckets.set(key, { tokens: admitted ? filled - 1 : filled, at: now });
      return admitted;
    },
  };
}
