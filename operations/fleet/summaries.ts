import * as z from "zod";

import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import type { StackRun } from "./stack-runs.ts";

/** What a run over many stacks reports about one of them; what `--json` prints. */
export interface StackSummary<Found = unknown> {
  readonly stack: string;
  /** `not started`: the whole was interrupted before. */
  readonly result: "ok" | "changes" | "guarded" | "failed" | "not started";
  /** Tenants that were counted. Undefined: it failed before it could count. */
  readonly found: Found | undefined;
  /** Why it failed. Empty when it did not. */
  readonly error: string;
  readonly seconds: number;
}

const RESULTS: Readonly<Record<number, StackSummary["result"]>> = { 0: "ok", 1: "failed", 2: "changes", 3: "guarded" };

/** Pure. */
export function summaryOf<Found>({ stack, code, found, words, seconds }: StackRun<Found>): StackSummary<Found> {
  const result = code === undefined ? "not started" : (RESULTS[code] ?? "failed");
  const error = result === "failed" || (found === undefined && code !== undefined) ? words : "";
  return { stack, result, found, error, seconds: Math.round(seconds * 10) / 10 };
}

/** The exit code of the whole: an error of one stack weighs most, then data that would be destroyed, then changes. Pure. */
export function exitCodeOf(summaries: readonly Pick<StackSummary, "result">[]): ExitCode {
  const has = (...results: StackSummary["result"][]) => summaries.some(({ result }) => results.includes(result));
  if (has("failed", "not started")) return EXIT.error;
  if (has("guarded")) return EXIT.guarded;
  return has("changes") ? EXIT.changes : EXIT.ok;
}

/** `47 unchanged, 2 with changes, 1 failed`. Pure. */
export function countsLine(
  summaries: readonly Pick<StackSummary, "result">[],
  words: Readonly<Partial<Record<StackSummary["result"], string>>>,
): string {
  const all: Readonly<Record<StackSummary["result"], string>> = {
    ok: "ok",
    changes: "with changes",
    guarded: "that would destroy data",
    failed: "failed",
    "not started": "not started",
    ...words,
  };
  return Object.entries(all)
    .map(([result, word]) => [summaries.filter((each) => each.result === result).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

const plan = z.looseObject({
  hash: z.string(),
  changed: z.array(z.looseObject({ tenant: z.string(), changes: z.array(z.looseObject({ action: z.string() })) })),
  unchanged: z.array(z.string()),
  removed: z.array(z.string()),
  errors: z.array(z.looseObject({ tenant: z.string(), message: z.string() })),
});

/** What is kept of a stack's plan. Pure. */
export function planFound(printed: unknown) {
  const { hash, changed, unchanged, removed, errors } = plan.parse(printed);
  const actions = changed.flatMap(({ changes }) => changes.map(({ action }) => action));
  return {
    hash,
    changed: changed.map(({ tenant }) => tenant),
    unchanged: unchanged.length,
    removed,
    errors: errors.map(({ tenant, message }) => `${tenant}: ${message}`),
    counts: countsOf(actions),
  };
}

const outcomes = z.array(
  z.looseObject({
    tenant: z.string(),
    result: z.string(),
    done: z.record(z.string(), z.number()),
    errors: z.array(z.string()),
  }),
);

/** What is kept of a stack's `up`. Pure. */
export function upFound(printed: unknown) {
  const all = outcomes.parse(printed);
  const isChanged = ({ done }: (typeof all)[number]) => Object.values(done).some((count) => count > 0);
  const changed = all.filter((each) => each.result !== "ok" || isChanged(each));
  const counts: Record<string, number> = {};
  for (const { done } of all)
    for (const [action, count] of Object.entries(done)) if (count > 0) counts[action] = (counts[action] ?? 0) + count;
  return {
    changed: changed.map(({ tenant }) => tenant),
    unchanged: all.length - changed.length,
    failed: all.filter(({ result }) => result !== "ok").map(({ tenant }) => tenant),
    errors: all.flatMap(({ tenant, errors }) => errors.map((error) => `${tenant}: ${error}`)),
    counts,
  };
}

const drift = z.looseObject({
  tenants: z.looseObject({ checked: z.number(), without: z.array(z.string()) }),
  findings: z.array(z.looseObject({ tenant: z.string(), kind: z.string(), ignored: z.unknown().optional() })),
  errors: z.array(z.looseObject({ message: z.string() })),
});

/** What is kept of a stack's drift. Pure. */
export function driftFound(printed: unknown) {
  const { tenants, findings, errors } = drift.parse(printed);
  return {
    checked: tenants.checked,
    without: tenants.without.length,
    counts: countsOf(findings.flatMap(({ kind, ignored }) => (ignored === undefined ? [kind] : []))),
    tenants: [...new Set(findings.map(({ tenant }) => tenant))].sort(),
    errors: errors.map(({ message }) => message),
  };
}

const listed = z.array(
  z.looseObject({
    id: z.string(),
    state: z.string().nullable(),
    file: z.string(),
    exists: z.looseObject({}).nullable(),
  }),
);

/** What is kept of a stack's list: all of it, and how many of what. Pure. */
export function listFound(printed: unknown) {
  const rows = listed.parse(printed);
  return {
    counts: countsOf(rows.map(({ state, file }) => state ?? file)),
    existing: rows.filter(({ exists }) => exists !== null).length,
    tenants: rows,
  };
}

const report = z.looseObject({ rows: z.array(z.unknown()), usd: z.number() });

/** What is kept of a stack's report. Pure. */
export function reportFound(printed: unknown) {
  const { rows, usd } = report.parse(printed);
  return { tenants: rows.length, usd };
}

function countsOf(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
