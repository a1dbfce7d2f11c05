import { parseUrn } from "../../provider/plugin/urn.ts";
import type { PreviewStep } from "./preview-digest.ts";

const GROUP = "tenantry:turso:Group";
const DATABASE = "tenantry:turso:Database";

/**
 * URNs of the database groups in which no database is left: every one that stands there goes along, and is judged for
 * itself. A group belongs to no single tenant, so no file can declare its end. Pure.
 */
export function emptiedGroups(steps: Iterable<PreviewStep>): ReadonlySet<string> {
  const all = [...steps];
  const inUse = new Set(
    all
      .filter((step) => typeOf(step) === DATABASE && step.op !== "delete")
      .flatMap(({ oldState, newState }) => [oldState?.inputs?.["group"], newState?.inputs?.["group"]]),
  );
  const groups = all.filter((step) => typeOf(step) === GROUP);
  return new Set(groups.filter(({ oldState }) => !inUse.has(oldState?.inputs?.["name"])).map(({ urn }) => urn));
}

function typeOf({ urn }: PreviewStep): string {
  return parseUrn(urn).types.at(-1) ?? "";
}
