import type { FileEdit } from "../tenants/edits/setting-text.ts";
import type { Plan } from "../tenants/model/tenant-file.ts";

/** One setting that a rollout brings to its tenants: `["machine", "image"]` and its new value. */
export interface ChangedSetting extends FileEdit {
  readonly value: string | number | boolean | readonly string[];
}

/** The single settings of what a rollout changes, in the order of its file. Pure. */
export function changedSettings(change: Plan): ChangedSetting[] {
  return leavesOf(change, []) as ChangedSetting[];
}

/** The single values below this path; a list is one. Nothing of what is not set. Pure. */
export function leavesOf(
  value: unknown,
  path: readonly string[],
): { readonly path: readonly string[]; readonly value: unknown }[] {
  if (value === undefined) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

/** `machine.image`, as people name a setting. */
export function nameOfSetting({ path }: Pick<FileEdit, "path">): string {
  return path.join(".");
}

/** What the text's data says at this path; undefined: nothing. Pure. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    data,
  );
}
