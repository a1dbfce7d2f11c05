import type { Monthly, ResourceChange } from "./model.ts";

/** `access key alice`: the kind, and the part of the name that tells several of a tenant apart. */
export function labelOf({ kind, name }: Pick<ResourceChange, "kind" | "name">): string {
  return name.includes("/") ? `${kind} ${name.slice(name.indexOf("/") + 1)}` : kind;
}

/** `+$1.20 a month`, with what has no known price named; empty when nothing moves. */
export function moneyOf(monthly: Monthly | undefined): string {
  if (monthly === undefined) return "";
  const { usd, unknown } = monthly;
  const known = usd === 0 ? "" : `${usd > 0 ? "+" : "−"}$${Math.abs(usd).toFixed(2)} a month`;
  const rest = unknown.length === 0 ? "" : `unknown: ${unknown.join(", ")}`;
  return [known, rest].filter((part) => part !== "").join("; ");
}
