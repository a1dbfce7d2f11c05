import type { FileFault } from "../fault.ts";
import type { Tenant } from "../model/tenant.ts";
import { placed } from "../yaml/placed.ts";
import { readYaml } from "../yaml/yaml-text.ts";
import type { FolderRead } from "./read-folder.ts";

/**
 * What is wrong with the schema that a tenant's file declares, placed in the file: its folder has no such version. What is wrong
 * with a folder itself is in `foldersFaults`, once for all tenants that use it.
 */
export function schemaFaults(
  { database }: Tenant,
  text: string,
  file: string,
  folderOf: (from: string) => FolderRead,
): readonly FileFault[] {
  if (database.engine === "none" || database.schema === undefined) return [];
  const { from, version } = database.schema;
  if (from === undefined) return [];
  const { folder, faults } = folderOf(from);
  const latest = folder.migrations.length;
  if (faults.length > 0 || version <= latest) return [];
  const message = `expected at most ${latest}: ${from} has no migration ${version}`;
  const path = ["database", "schema", "version"];
  const problem = { path, or: [["database", "schema"], ["plan"]], code: "combination", message } as const;
  return [placed(problem, readYaml(text, file, ""), file)];
}

/** What is wrong with the folders that these tenants use, each folder once. */
export function foldersFaults(
  tenants: readonly Tenant[],
  folderOf: (from: string) => FolderRead,
): readonly FileFault[] {
  const used = tenants.flatMap(({ state, database }) =>
    state === "purged" || database.engine === "none" ? [] : (database.schema?.from ?? []),
  );
  return [...new Set(used)].flatMap((from) => folderOf(from).faults);
}
