import { TenantryError, errorKinds } from "../errors/tenantry-error.ts";
import { type FileFault, formatFault } from "../tenants/fault.ts";

/** Errors of rollouts as files, by code. */
export const rolloutFileErrors = errorKinds({
  ROLLOUT_FILES_INVALID: {
    meaning: "Rollout files have errors. Nothing was changed.",
    next: "Correct the named places and run `npx tenantry validate`. Restore a damaged record from git.",
  },
  NO_SUCH_ROLLOUT: {
    meaning: "There is no rollout of this name.",
    next: "Write rollouts/<name>.yaml; docs/rollouts.md shows one.",
  },
});

/** Throws ROLLOUT_FILES_INVALID with all of them; returns when there are none. */
export function refuseFaults(faults: readonly FileFault[]): void {
  if (faults.length === 0) return;
  const count = `${faults.length} ${faults.length === 1 ? "fault" : "faults"}`;
  throw new TenantryError(rolloutFileErrors.ROLLOUT_FILES_INVALID, [count, ...faults.map(formatFault)].join("\n  "));
}
