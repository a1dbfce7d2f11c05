import { TenantryError, errorKinds } from "../errors/tenantry-error.ts";
import { formatFault } from "./fault.ts";
import type { FileFault } from "./fault.ts";

/** Errors of tenant files, by code. */
export const tenantErrors = errorKinds({
  TENANT_FILES_INVALID: {
    meaning: "Tenant files or the plans file have errors. No vendor was called.",
    next: "Correct the named places and run `npx tenantry validate`.",
  },
  TENANT_FOLDER_MISSING: {
    meaning: "There is no folder of tenant files for the stack.",
    next: "Create the folder, or name another stack with `--stack`.",
  },
  TENANT_FILE_REMOVED: {
    meaning: "A tenant still exists, but its file is gone. Removing a file never destroys a tenant.",
    next: "Restore the file. To remove a new tenant without data, use `npx tenantry drop <tenant>`. To end any other, use `state: offboarding`, then `state: purged`; its file stays.",
    exit: 3,
  },
  NAME_LIMIT: {
    meaning: "A vendor allows too few characters for the name of a tenant's resource.",
    next: "Use a Turso organisation with a shorter slug.",
  },
});

/** Every fault of every file, found in one go. */
export class TenantFilesInvalid extends TenantryError {
  readonly faults: readonly FileFault[];

  constructor(faults: readonly FileFault[]) {
    const files = new Set(faults.map((fault) => fault.file)).size;
    const count = `${faults.length} ${faults.length === 1 ? "fault" : "faults"} in ${files} ${files === 1 ? "file" : "files"}`;
    super(tenantErrors.TENANT_FILES_INVALID, [count, ...faults.map(formatFault)].join("\n  "));
    this.faults = faults;
  }
}
