import { sizeInBytes } from "../../provider/turso/size-limit.ts";
import { canonicalSize } from "../../tenants/model/size.ts";
import { pathSteps, valueAt } from "../engine/property-path.ts";
import type { FileEdit } from "../../tenants/edits/field-text.ts";
import type { Finding } from "./report.ts";
import type { SeenResource } from "./resources.ts";

type Reading = (observed: unknown) => FileEdit | undefined;

const as =
  (...path: string[]): Reading =>
  (value) =>
    value === undefined ? undefined : { path, value };

/** Which field of a tenant file declares an aspect, where one does. Names below `machine.config.env` are the file's own. */
const FIELDS: Readonly<Record<string, Reading>> = {
  "bucket.locations": (value) => {
    const codes = typeof value === "string" ? value.split(",") : [];
    return codes.length === 0
      ? undefined
      : { path: ["storage", "locations"], value: codes.length === 1 ? codes[0] : codes };
  },
  "bucket.snapshots": as("storage", "snapshots"),
  "bucket.softDeleteDays": as("storage", "softDeleteDays"),
  "database.sizeLimit": (value) => {
    const bytes = typeof value === "string" || typeof value === "number" ? sizeInBytes(value) : undefined;
    const isWhole = bytes !== undefined && bytes % 1000 === 0;
    return isWhole ? { path: ["database", "sizeLimit"], value: canonicalSize(`${bytes / 1000}kb`) } : undefined;
  },
  "machine.config.image": as("machine", "image"),
  "machine.config.guest.cpus": as("machine", "cpus"),
  "machine.config.guest.cpu_kind": as("machine", "cpuKind"),
  "machine.config.guest.memory_mb": as("machine", "memoryMb"),
  "volume.sizeGb": as("storage", "volume", "sizeGb"),
  "volume.snapshotRetention": as("storage", "volume", "snapshotRetentionDays"),
};

const INGRESS: Readonly<Record<string, string>> = { "shared_v4,v6": "public", private_v6: "private", "": "none" };

/** The change of the tenant file that would declare what was observed; undefined where the file has no such field. */
export function adoptionOf({ kind, aspect }: Finding, { root, step }: SeenResource): FileEdit | undefined {
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
  return FIELDS[aspect]?.(valueAt(inputs, path));
}
