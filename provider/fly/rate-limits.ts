import { TokenBucket } from "limiter";

import type { VendorCall } from "../http/vendor-http.ts";

/** How often something may happen: `burst` at once, then one per `everyMs`. */
interface Pace {
  readonly burst: number;
  readonly everyMs: number;
}

// Fly docs, "Working with the Machines API": per action and machine or app id. A little slower than allowed, because the
// network changes the gaps between calls: two sent a second apart can arrive closer together.
const MARGIN = 1.05;
const ACTION: Pace = { burst: 3, everyMs: 1000 * MARGIN };
const GET_MACHINE: Pace = { burst: 10, everyMs: 200 * MARGIN };
const APP_DELETION: Pace = { burst: 100, everyMs: 600 * MARGIN };

const SWEEP_EVERY_MS = 30_000;

interface Lane {
  readonly bucket: TokenBucket;
  readonly pace: Pace;
  waiting: number;
  lastUsed: number;
}

/** Limits calls to the rate that Fly allows. */
export interface RateLimits {
  /** Resolves when the call may go. */
  admit(call: Pick<VendorCall, "operation" | "path">): Promise<void>;
  /** How many buckets are held right now. */
  readonly size: number;
}

/**
 * Fly's documented limits: 1 request per second with bursts of 3 for each action and app or machine; reading a machine 5 per
 * second, bursts of 10; 100 app deletions per minute. Calls that name neither app nor machine have no documented limit.
 * `now` gives monotonic milliseconds.
 */
export function flyRateLimits(now: () => number = () => performance.now()): RateLimits {
  const lanes = new Map<string, Lane>();
  let swept = now();

  function laneOf(key: string, pace: Pace): Lane {
    const existing = lanes.get(key);
    if (existing !== undefined) return existing;
    const bucket = new TokenBucket({ bucketSize: pace.burst, tokensPerInterval: 1, interval: pace.everyMs });
    bucket.content = pace.burst;
    const lane = { bucket, pace, waiting: 0, lastUsed: now() };
    lanes.set(key, lane);
    return lane;
  }

  async function pass(lane: Lane): Promise<void> {
    lane.waiting += 1;
    try {
      await lane.bucket.removeTokens(1);
    } finally {
      lane.waiting -= 1;
      lane.lastUsed = now();
    }
  }

  /** A bucket that has filled up again is the same as a new one. */
  function sweep(): void {
    if (now() - swept < SWEEP_EVERY_MS) return;
    swept = now();
    for (const [key, { pace, waiting, lastUsed }] of lanes) {
      if (waiting === 0 && now() - lastUsed > pace.burst * pace.everyMs) lanes.delete(key);
    }
  }

  return {
    async admit(call) {
      sweep();
      await Promise.all(limitsOn(call).map(([key, pace]) => pass(laneOf(key, pace))));
    },
    get size() {
      return lanes.size;
    },
  };
}

function limitsOn({ operation, path }: Pick<VendorCall, "operation" | "path">): [key: string, pace: Pace][] {
  const [, app, machine] = /^\/v1\/apps\/([^/?]+)(?:\/machines\/([^/?]+))?/.exec(path) ?? [];
  if (app === undefined) return [];
  const key = `${operation} ${machine ?? app}`;
  if (operation === "GET /v1/apps/{app}/machines/{machine}") return [[key, GET_MACHINE]];
  if (operation !== "DELETE /v1/apps/{app}") return [[key, ACTION]];
  return [
    [key, ACTION],
    [operation, APP_DELETION],
  ];
}
