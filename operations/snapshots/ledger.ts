import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Cut, parseEntry } from "../history/entry.ts";
import { snapshotErrors } from "./errors.ts";

/** The cuts of a tenant that the history knows, the oldest first. Pure. */
export function cutsIn(lines: readonly string[], tenant: string): Cut[] {
  return lines.flatMap((line) => {
    const entry = parseEntry(line);
    return entry?.kind === "snapshot" && entry.tenant === tenant && entry.cut !== undefined ? [entry.cut] : [];
  });
}

/** The youngest cut that is not after `at`; without one the youngest. Throws SNAPSHOT_UNKNOWN. Pure. */
export function cutAt(cuts: readonly Cut[], tenant: string, at?: Date): Cut {
  const found = at === undefined ? cuts.at(-1) : cuts.findLast((cut) => Date.parse(cut.at) <= at.getTime());
  if (found === undefined) {
    const when = at === undefined ? "" : ` of ${at.toISOString()} or before`;
    throw new TenantryError(snapshotErrors.SNAPSHOT_UNKNOWN, `${tenant} has no snapshot${when}`, { tenant });
  }
  return found;
}
