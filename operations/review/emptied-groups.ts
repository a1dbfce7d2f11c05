import { parseUrn } from "../../resource-kinds/urn.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

const GROUP = "tenantry:turso:Group";
const DATABASE = "tenantry:turso:Database";

/**
 * URNs of the database groups in which no database is left: every one that exists there goes along, and is judged for
 * itself. A group belongs to no single tenant, so no file can declare its end. Pure.
 */
export function emptiedGroups(steps: Iterable<PreviewStep>): ReadonlySet<string> {
  return groupsWithout([...steps], ({ op }) => op !== "delete");
}

/** URNs of the database groups in which none of our databases stays as it is: with them no data goes. Pure. */
export function emptyGroups(steps: Iterable<PreviewStep>): ReadonlySet<string> {
  return groupsWithout([...steps], () => true);
}

/** Groups without a database of this kind. */
function groupsWithout(steps: readonly PreviewStep[], counts: (database: PreviewStep) => boolean): Set<string> {
  const databases = steps.filter((step) => typeOf(step) === DATABASE && counts(step));
  const used = new Set(
    databases.flatMap(({ oldState, newState }) => [oldState?.inputs?.["group"], newState?.inputs?.["group"]]),
  );
  const groups = steps.filter((step) => typeOf(step) === GROUP);
  return new Set(groups.filter(({ oldState }) => !used.has(oldState?.inputs?.["name"])).map(({ urn }) => urn));
}

function typeOf({ urn }: PreviewStep): string {
  return parseUrn(urn).types.at(-1) ?? "";
}
