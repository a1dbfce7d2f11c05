import * as z from "zod";

import { closestTo } from "../yaml/suggest.ts";
import { field, textLike } from "./field.ts";
import type { Problem } from "./problem.ts";
import { DRIFT_SETTINGS, UNMANAGED_KINDS } from "../../resource-kinds/kinds.ts";

const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

const WHAT_EXPECTED =
  "expected an aspect as `tenantry drift` names it, such as machine.config.env.LOG_LEVEL or unmanaged.bucket.<name>";

const rule = z.strictObject({
  what: textLike(/^[a-z]+(?:\/[a-z0-9-]+)?\.\S{1,200}$/, WHAT_EXPECTED).meta({
    description:
      "The aspect, as `tenantry drift` names it, with everything below it. For an undeclared resource: unmanaged.<kind>.<name or id>.",
    examples: ["machine.config.env.LOG_LEVEL", "key/alice.enabled", "unmanaged.bucket.acme-prod-archive"],
  }),
  reason: textLike(/^\S.{8,298}\S$/, "expected a reason in 10 to 300 characters, on one line").meta({
    description: "Why it may differ, for readers of the report. Must not contain a secret.",
  }),
  until: z.iso.date({ error: "expected a date, such as 2027-01-31" }).meta({
    description: "Last day of the rule, in UTC, at most 366 days ahead. After it the drift is reported again.",
  }),
});

/** What `tenantry drift` leaves out of its result, each with a reason and an end. It changes nothing at a vendor. */
export const drift = z.strictObject({
  ignore: field(z.array(rule).max(50, { error: "expected at most 50 rules" }), {
    description: "Intended differences, for a limited time. Changes only the report, nothing at a vendor.",
    default: [],
  }),
});
/** A difference that `drift` leaves out, with its reason and its end. */
export type IgnoreRule = z.infer<typeof rule>;

/** Aspects that no resource has, and ends too far away. A rule that has ended is no problem of the file: the report names it. */
export function driftProblems(given: z.infer<typeof drift> | undefined, now: Date): Problem[] {
  return (given?.ignore ?? []).flatMap(({ what, until }, index) => {
    const path = ["drift", "ignore", index] as const;
    const meant = aspectMeant(what);
    const isFar = Date.parse(until) > now.getTime() + MOST_DAYS * DAY_MS;
    return [
      ...(meant === "known" ? [] : [{ path: [...path, "what"], code: "not-one-of" as const, ...meant }]),
      ...(isFar ? [{ path: [...path, "until"], code: "out-of-range" as const, message: FAR }] : []),
    ];
  });
}

const FAR = `expected a date at most ${MOST_DAYS} days ahead`;

function aspectMeant(what: string): "known" | { message: string; hint?: string } {
  const [, head = "", rest = ""] = /^([^.]+)\.(.+)$/.exec(what) ?? [];
  const [root = "", name] = head.split("/");
  const roots = [...Object.keys(DRIFT_SETTINGS), "unmanaged"];
  if (!roots.includes(root) || (name !== undefined && root !== "key")) {
    return unknown("no resource of a tenant has this name", closestTo(root, roots), `.${rest}`);
  }
  const settings = DRIFT_SETTINGS[root] ?? {};
  const known = Object.keys(root === "unmanaged" ? UNMANAGED_KINDS : settings);
  const [, first = "", below = ""] = /^([A-Za-z]+)(.*)$/.exec(rest) ?? [];
  if (!known.includes(first)) {
    const text =
      root === "unmanaged" ? "no kind of resource has this name" : `${head} has no such setting that can differ`;
    return unknown(text, closestTo(first, known), below, `${head}.`);
  }
  if (root === "unmanaged") return /^\..+$/.test(below) ? "known" : { message: "expected a name or id after the kind" };
  if (below === "" || settings[first]?.isOpen === true) return "known";
  return unknown(`${head}.${first} has no parts`, first, "", `${head}.`);
}

function unknown(message: string, meant: string | undefined, after: string, before = "") {
  return { message, ...(meant === undefined ? {} : { hint: `did you mean ${before}${meant}${after}?` }) };
}
