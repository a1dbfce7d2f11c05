import { errorKinds } from "../../errors/tenantry-error.ts";

export const changedErrors = errorKinds({
  SETTLED_UNWRITABLE: {
    meaning: "`up` cannot record which tenants it is about to change. Nothing was changed.",
    next: "Make the named path writable, then run the same command again.",
  },
});
