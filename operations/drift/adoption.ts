import { sizeInBytes } from "../../provider/turso/size-limit.ts";
import { DRIFT_SETTINGS } from "../../resource-kinds/kinds.ts";
import { BUILT_IN } from "../../tenants/model/built-in.ts";
import { canonicalSize } from "../../tenants/model/size.ts";
import { pathSteps, valueAt } from "../engine/property-path.ts";
import type { FileEdit } from "../../tenants/edits/setting-text.ts";
import type { DriftFinding } from "./report.ts";
import type { SeenResource } from "./resources.ts";

/** Observed values that a tenant file writes in another form. By aspect. */
const FORMS: Readonly<Record<string, (observed: unknown) => unknown>> = {
  "addresses.callers": (value) => value ?? BUILT_IN.machine.callers,
  "bucket.locations": (value) => {
    const codes = typeof value === "string" ? value.split(",") : [];
    return codes.length > 1 ? codes : codes[0];
  },
  "database.sizeLimit": (value) => {
    const bytes = typeof value === "string" || typeof value === "number" ? sizeInBytes(value) : undefined;
    return bytes !== undefined && bytes % 1000 === 0 ? canonicalSize(`${bytes / 1000}kb`) : undefined;
  },
};

/** Which field declares a part of a machine's config. Names below `env` are the file's own. */
const CONFIG_FIELDS: Readonly<Record<string, string>> = {
  "config.image": "image",
  "config.guest.cpus": "cpus",
  "config.guest.cpu_kind": "cpuKind",
  "config.guest.memory_mb": "memoryMb",
};

const INGRESS: Readonly<Record<string, string>> = { "shared_v4,v6": "public", private_v6: "private", "": "none" };

/** The change of the tenant file that would declare what was observed; undefined where the file has no such field. */
export function adoptionOf({ kind, aspect }: DriftFinding, { root, step }: SeenResource): FileEdit | undefined {
  if (kind !== "modified") return undefined;
  const inputs = step.newState?.inputs;
  const path = aspect.slice(root.length + 1);
  const [first, second, name] = pathSteps(path);
  if (aspect.startsWith("addresses.types")) {
    const types = (inputs?.["types"] ?? []) as string[];
    const ingress = INGRESS[types.toSorted().join(",")];
    return ingress === undefined ? undefined : { path: ["machine", "ingress"], value: ingress };
  }
  if (root === "machine" && first === "config" && second === "env" && name !== undefined) {
    return { path: ["machine", "env", name], value: valueAt(inputs, path) };
  }
  const configField = root === "machine" ? CONFIG_FIELDS[path] : undefined;
  const field = configField === undefined ? DRIFT_SETTINGS[root]?.[path]?.field : ["machine", configField];
  const observed = valueAt(inputs, path);
  const value = FORMS[aspect] === undefined ? observed : FORMS[aspect](observed);
  return field === undefined || value === undefined ? undefined : { path: field, value };
}
