import type * as z from "zod";

import { containsUnknown } from "./unknown.ts";
import type { Properties } from "./wire.ts";

/** What is wrong with one input, and where. */
export interface CheckFault {
  readonly property: string;
  readonly reason: string;
}

/**
 * Parses inputs and fills in their defaults. Inputs that are not known yet in a preview pass as they are; rules over
 * several inputs are then left to the `up`, which knows them all.
 */
export function checkedInputs(schema: z.ZodObject, news: Properties): { inputs: Properties; faults: CheckFault[] } {
  const given = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== undefined));
  if (!containsUnknown(given)) return outcome(schema.safeParse(given), given);
  const unknown = Object.entries(given).filter(([key, value]) => key in schema.shape && containsUnknown(value));
  const known = Object.entries(given).filter(([key, value]) => !(key in schema.shape) || !containsUnknown(value));
  const mask = Object.fromEntries(unknown.map(([key]) => [key, true])) as Parameters<typeof schema.omit>[0];
  const rest = schema.omit(mask);
  const parsed = outcome(rest.safeParse(Object.fromEntries(known)), given);
  return { inputs: { ...parsed.inputs, ...Object.fromEntries(unknown) }, faults: parsed.faults };
}

function outcome(parsed: z.ZodSafeParseResult<Properties>, given: Properties) {
  if (parsed.success) return { inputs: parsed.data, faults: [] };
  const faults = parsed.error.issues.map((issue) => ({ property: issue.path.join("."), reason: issue.message }));
  return { inputs: given, faults };
}
