import { RESOURCE_KINDS } from "../../resource-kinds/kinds.ts";
import type { ResourceKind } from "../../resource-kinds/resource-kind.ts";
import type { FileEdit } from "../../tenants/edits/setting-text.ts";
import type { DriftFinding } from "./report.ts";

/** What can be done about a finding. Nothing of it deletes anything at a vendor. */
export type Remedy =
  /** `tenantry up`: what was declared is put back. */
  | { readonly how: "apply" }
  /** The tenant file is changed to what is observed. */
  | { readonly how: "adopt-file"; readonly tenant: string; readonly edit: FileEdit }
  /** A file for a tenant that has none: the next `up` takes over what carries its mark. */
  | { readonly how: "import"; readonly tenant: string };

export type How = Remedy["how"];
export const HOWS = ["apply", "adopt-file", "import"] as const satisfies readonly How[];

/** What is done in the end: files first, then one `up`. */
export interface Repair {
  /** Edits by tenant. */
  readonly edits: ReadonlyMap<string, readonly FileEdit[]>;
  /** Tenants that get a file. */
  readonly newTenants: readonly string[];
  readonly up: boolean;
}

/** Words of the kinds whose name is made of a tenant's. */
const NAMED_AFTER_TENANTS = new Set(
  Object.values<ResourceKind>(RESOURCE_KINDS).flatMap((kind) => (kind.isNamedAfterTenant === true ? [kind.word] : [])),
);

/**
 * The remedies of a finding; none for what a person has to decide: nothing is deleted here, and what a vendor shows only to
 * its maker cannot be taken over.
 *
 * @param adoption the edit that declares what is observed
 * @param hasFile whether a tenant file exists, of any state
 */
export function remediesOf(
  finding: DriftFinding,
  adoption: FileEdit | undefined,
  hasFile: (tenant: string) => boolean,
): Remedy[] {
  const { kind, tenant, resource } = finding;
  if (finding.ignored !== undefined) return [];
  if (kind !== "unmanaged") {
    return [
      { how: "apply" },
      ...(adoption === undefined ? [] : [{ how: "adopt-file" as const, tenant, edit: adoption }]),
    ];
  }
  const isImportable = NAMED_AFTER_TENANTS.has(resource) && /^[a-z]/.test(tenant) && !hasFile(tenant);
  return isImportable ? [{ how: "import", tenant }] : [];
}

/** The chosen remedies as one repair. */
export function repairOf(chosen: readonly Remedy[]): Repair {
  const edits = new Map<string, FileEdit[]>();
  for (const remedy of chosen) {
    if (remedy.how === "adopt-file") edits.set(remedy.tenant, [...(edits.get(remedy.tenant) ?? []), remedy.edit]);
  }
  const newTenants = [...new Set(chosen.flatMap((each) => (each.how === "import" ? [each.tenant] : [])))].sort();
  return { edits, newTenants, up: chosen.some(({ how }) => how !== "adopt-file") };
}
