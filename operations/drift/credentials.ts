import { parseDuration } from "../../provider/rotation.ts";
import type { DriftFinding } from "./report.ts";
import type { SeenResource } from "./resources.ts";

/**
 * Credentials that are due within `withinMs` or overdue: the next `up` after that replaces them. This is a warning, because
 * nothing changed; an expired token is detected by its database.
 */
export function dueCredential(
  { tenant, label, id, urn, root, step, inputs, outputs }: SeenResource,
  now: Date,
  withinMs: number,
): DriftFinding | undefined {
  const { issued, rotation } = inputs;
  if (step.op === "delete" || typeof issued !== "string" || typeof rotation !== "string") return undefined;
  const due = Date.parse(issued) + (parseDuration(rotation) ?? Infinity);
  if (!(due <= now.getTime() + withinMs)) return undefined;
  const end = outputs["expiresAt"];
  const when = due <= now.getTime() ? "overdue: the next `up` replaces it" : "the first `up` after that replaces it";
  const note = typeof end === "string" ? `${when}; it ends by itself at ${end}` : when;
  return { kind: "expiring", tenant, resource: label, id, urn, aspect: root, due: iso(due), note };
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
