import { errorKinds } from "../../errors/tenantry-error.ts";

export const changedErrors = errorKinds({
  SETTLED_UNWRITABLE: {
    meaning:
      "`up` cannot write down which tenants it is about to change. Nothing was changed: the next run must not take them for settled.",
    next: "Make the place that is named writable for you, then run the same command again.",
  },
});
