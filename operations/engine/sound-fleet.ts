import { basename, dirname } from "node:path";

import { note } from "../../output/terminal.ts";
import { foundFleet } from "../../stack/declared-fleet.ts";
import type { StackContext } from "../../stack/context.ts";
import { TenantFilesInvalid } from "../../tenants/errors.ts";
import type { FileFault } from "../../tenants/fault.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";

/** The tenants of a stack whose files can be used. */
export interface SoundFleet {
  readonly tenants: readonly Tenant[];
  /** Ids of those whose files can't be. */
  readonly unsound: readonly string[];
}

/**
 * The tenants whose files are sound; the invalid files are named on standard error, with what is wrong with them. For verbs
 * that change nothing: `plan` and `up` refuse the whole stack. Throws TENANT_FILES_INVALID when the plans are invalid, for
 * then no tenant is sound.
 *
 * @param wanted a tenant that is asked for: its own faults are thrown
 */
export function soundFleet(context: StackContext, wanted?: string): SoundFleet {
  const { tenants, faults } = foundFleet(context);
  refuseBrokenPlans(faults);
  const own = faults.filter(({ file }) => idOf(file) === wanted);
  if (own.length > 0) throw new TenantFilesInvalid(own);
  tellOf(faults);
  return { tenants, unsound: [...new Set(faults.map(({ file }) => idOf(file)))] };
}

const told = new Set<string>();

/** Once in a run, however many tenants it asks for. */
function tellOf(faults: readonly FileFault[]): void {
  const text = new TenantFilesInvalid(faults).message;
  if (faults.length === 0 || told.has(text)) return;
  told.add(text);
  note(`${text}\n  the other tenants are not affected`);
}

/** Where the plans are; a tenant may be called `plans` too. */
const [TENANTS, PLANS] = ["tenants", "plans.yaml"];

function refuseBrokenPlans(faults: readonly FileFault[]): void {
  const ofPlans = faults.filter(({ file }) => basename(file) === PLANS && basename(dirname(file)) === TENANTS);
  if (ofPlans.length > 0) throw new TenantFilesInvalid(ofPlans);
}

function idOf(file: string): string {
  return basename(file).replace(/\.yaml$/, "");
}
