import type { CallCount } from "../../local/call-log.ts";
import type { CloudFault } from "../support/cloud.ts";
import type { Patience } from "./plugin.ts";

/** A way in which a call goes wrong. */
export interface Trouble {
  readonly title: string;
  readonly fault: Omit<CloudFault, "operation" | "vendor" | "skip" | "times">;
  readonly patience: Patience;
  /** Only calls that change something, or only those that do not. Default: both. */
  readonly mutating?: boolean;
  /** The run is killed at its end and has written no state. */
  readonly isForgotten?: boolean;
}

/** Nothing here takes so long, but an answer that never comes. */
const ONCE: Patience = { retries: 0, timeoutMs: 10_000 };
const AGAIN: Patience = { retries: 2, timeoutMs: 10_000 };
const HASTY: Patience = { retries: 0, timeoutMs: 700 };

export const TROUBLES: readonly Trouble[] = [
  { title: "500 before it happens", fault: { kind: "error", status: 500 }, patience: ONCE },
  { title: "500 after it has happened", fault: { kind: "error", status: 500, when: "after" }, patience: ONCE },
  {
    title: "500 after it, asked again",
    fault: { kind: "error", status: 503, when: "after" },
    patience: AGAIN,
    mutating: true,
  },
  { title: "connection broken before", fault: { kind: "reset" }, patience: ONCE },
  { title: "connection broken after", fault: { kind: "reset", when: "after" }, patience: ONCE },
  {
    title: "connection broken after, asked again",
    fault: { kind: "reset", when: "after" },
    patience: AGAIN,
    mutating: true,
  },
  { title: "no answer, not done", fault: { kind: "timeout" }, patience: HASTY },
  { title: "no answer, done", fault: { kind: "timeout", when: "after" }, patience: HASTY, mutating: true },
  { title: "429 with Retry-After", fault: { kind: "throttle", retryAfterSeconds: 1 }, patience: ONCE },
  { title: "429 without Retry-After", fault: { kind: "throttle", retryAfterSeconds: null }, patience: ONCE },
  { title: "HTML page with 200", fault: { kind: "page", status: 200 }, patience: ONCE },
  { title: "HTML page with 404", fault: { kind: "page", status: 404 }, patience: ONCE },
  { title: "HTML page with 502", fault: { kind: "page", status: 502, when: "after" }, patience: ONCE },
  { title: "answer cut in half", fault: { kind: "cut" }, patience: ONCE },
  { title: "answer as of some time ago", fault: { kind: "stale" }, patience: ONCE, mutating: false },
  {
    title: "killed after it, no state written",
    fault: { kind: "reset", when: "after" },
    patience: ONCE,
    mutating: true,
    isForgotten: true,
  },
];

/** One call of a step that goes wrong in one way. */
export interface Case {
  readonly vendor: string;
  readonly operation: string;
  /** How many calls of this operation go well before. */
  readonly skip: number;
  readonly trouble: Trouble;
}

/** Every call of a step in every way, as an undisturbed one has made them. */
export function casesOf(calls: readonly CallCount[]): readonly Case[] {
  return calls.flatMap(({ vendor, operation, mutating, count }) =>
    Array.from({ length: Math.min(count, MOST_OF_A_KIND) }, (_, skip) => skip).flatMap((skip) =>
      TROUBLES.filter((trouble) => (trouble.mutating ?? mutating) === mutating).map((trouble) => ({
        vendor,
        operation,
        skip,
        trouble,
      })),
    ),
  );
}

/** Polls are many and the same. */
const MOST_OF_A_KIND = 4;

export function faultOf({ vendor, operation, skip, trouble }: Case): CloudFault {
  const exactly = `^${operation.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`;
  return { ...trouble.fault, vendor, operation: exactly, skip, times: 1 };
}

/** Keeps old answers at hand, and hits nothing. */
export const MEMORY: CloudFault = { kind: "stale", operation: "^nothing is called so$" };
