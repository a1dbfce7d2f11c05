import * as z from "zod";

import type { Operation } from "./surface.ts";

/** One rule of fault injection. Rules are tried in order; the first that matches a call applies. */
export const faultSchema = z
  .object({
    /** `tigris`, `turso` or `fly`; absent: all. */
    vendor: z.string().optional(),
    /** A regular expression over the operation's name; absent: all. */
    operation: z.string().optional(),
    /** Only calls that change something (true) or only those that do not (false). */
    mutating: z.boolean().optional(),
    /**
     * `error`: answers `status`. `throttle`: 429 with Retry-After. `reset`: the connection breaks. `timeout`: no answer.
     * `page`: an HTML page with `status`, as a proxy gives it. `cut`: the call takes effect, and the second half of its answer
     * is missing. `stale`: a call that changes nothing is answered as it was before the last change at this vendor; where
     * nobody asked the same then, as ever (answers are kept while there is such a rule). `latency`: the call is served,
     * `latencyMs` later.
     */
    kind: z.enum(["error", "throttle", "reset", "timeout", "page", "cut", "stale", "latency"]),
    /** `after`: the call takes effect first, only its answer is lost. */
    when: z.enum(["before", "after"]).default("before"),
    status: z.int().min(200).max(599).default(500),
    /** The JSON of the answer: a vendor's own words. Default: a text that says that the fault is injected. */
    body: z.record(z.string(), z.unknown()).optional(),
    /** Null: a 429 without Retry-After. */
    retryAfterSeconds: z.number().min(0).nullable().default(1),
    latencyMs: z.number().min(0).default(0),
    /** Matching calls that pass unharmed first. */
    skip: z.int().min(0).default(0),
    /** How many calls the rule hits, then it is spent. Absent: without end. */
    times: z.int().min(1).optional(),
  })
  .strict();

export type FaultRule = z.infer<typeof faultSchema>;

interface Armed {
  readonly rule: FaultRule;
  readonly pattern: RegExp | undefined;
  skip: number;
  left: number;
  struck: number;
}

/** The faults to inject, none by default. Latency rules add up with the first other rule that matches. */
export class FaultPlan {
  #armed: Armed[] = [];

  /** Replaces all rules. */
  set(rules: readonly FaultRule[]): void {
    this.#armed = rules.map((rule) => ({
      rule,
      pattern: rule.operation === undefined ? undefined : new RegExp(rule.operation),
      skip: rule.skip,
      left: rule.times ?? Infinity,
      struck: 0,
    }));
  }

  /** How many calls each rule has hit, in the order of the rules. */
  struck(): number[] {
    return this.#armed.map(({ struck }) => struck);
  }

  /** Whether old answers have to be at hand. */
  get isStaleWanted(): boolean {
    return this.#armed.some(({ rule }) => rule.kind === "stale");
  }

  rules(): readonly FaultRule[] {
    return this.#armed.map((armed) => armed.rule);
  }

  /** What happens to this call; uses up the rules that hit it. */
  strike(vendor: string, operation: Operation): { latencyMs: number; fault: FaultRule | undefined } {
    let latencyMs = 0;
    let fault: FaultRule | undefined;
    for (const armed of this.#armed) {
      const isLatency = armed.rule.kind === "latency";
      if ((!isLatency && fault !== undefined) || armed.left <= 0 || !matches(armed, vendor, operation)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      armed.struck += 1;
      if (isLatency) latencyMs += armed.rule.latencyMs;
      else fault = armed.rule;
    }
    return { latencyMs, fault };
  }
}

function matches({ rule, pattern }: Armed, vendor: string, operation: Operation): boolean {
  return (
    (rule.vendor === undefined || rule.vendor === vendor) &&
    (rule.mutating === undefined || rule.mutating === operation.mutating) &&
    (pattern === undefined || pattern.test(operation.name))
  );
}
