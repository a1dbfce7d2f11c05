import { ownKind } from "../../resource-kinds/kinds.ts";
import { printable } from "../../output/printable.ts";
import { type Shown, shown } from "../../output/shown.ts";
import { valueAt } from "../engine/property-path.ts";
import type { DriftFinding } from "./report.ts";
import type { SeenResource } from "./resources.ts";

/** What a refresh found of one resource: settings that differ, or that it is gone. */
export function differencesOf(resource: SeenResource, now: Date): DriftFinding[] {
  const { tenant, label, id, urn, root, step } = resource;
  const of = { tenant, resource: label, urn, ...(id === "" ? {} : { id }) };
  if (step.op === "delete" || isPolicyWithoutKey(resource)) return [{ ...of, aspect: root, ...gone(resource, now) }];
  const settings = Object.entries(step.detailedDiff ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, { kind }]) => {
      // Inside a secret map only the kind tells what is there and what is not.
      const declared = kind.startsWith("add") ? undefined : readable(settingAt(step.oldState, path), path);
      const observed = kind.startsWith("delete") ? undefined : readable(settingAt(step.newState, path), path);
      return {
        kind: "modified" as const,
        ...of,
        aspect: printable(`${root}.${path}`),
        ...(declared === undefined ? {} : { declared }),
        ...(observed === undefined ? {} : { observed }),
      };
    });
  return [...remade(resource).map((found) => ({ ...of, ...found })), ...settings];
}

/** Of a key that is gone a refresh keeps the policy in mind (provider/tigris/access-key.ts). */
function isPolicyWithoutKey({ type, step }: SeenResource): boolean {
  const [before, after] = [step.oldState, step.newState].map((state) => state?.inputs?.["issued"]);
  return (
    type === "tenantry:tigris:AccessKey" && before !== undefined && step.newState !== undefined && after === undefined
  );
}

/** Pulumi compares only inputs. A database that was created again with its name has all of them, but none of its rows. */
function remade({
  type,
  step,
}: SeenResource): (Pick<DriftFinding, "kind" | "aspect" | "note"> & Partial<DriftFinding>)[] {
  const [declared, observed] = [step.oldState, step.newState].map((state) => state?.outputs?.["dbId"]);
  const isRemade = typeof declared === "string" && typeof observed === "string" && declared !== observed;
  if (type !== "tenantry:turso:Database" || !isRemade) return [];
  const note = "another database with the same name: the old data is gone";
  return [{ kind: "modified", aspect: "database.dbId", declared: shown(declared), observed: shown(observed), note }];
}

/** A token that the vendor refuses counts as gone; when its end has come, that is why. */
function gone({ type, outputs }: SeenResource, now: Date): Pick<DriftFinding, "kind" | "due" | "note"> {
  const end = outputs["expiresAt"];
  if (typeof end === "string" && Date.parse(end) <= now.getTime()) return { kind: "expired", due: end };
  const note = ownKind(type)?.ifGone;
  return { kind: "missing", ...(note === undefined ? {} : { note }) };
}

function settingAt(state: { inputs?: unknown; outputs?: unknown } | undefined, path: string): unknown {
  return valueAt(state?.inputs, path) ?? valueAt(state?.outputs, path);
}

const LONGEST = 200;

function readable(value: unknown, path: string): Shown | undefined {
  return value === undefined ? undefined : shown(value, path, LONGEST);
}
