import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `drift`, by code. */
export const driftErrors = errorKinds({
  DRIFT_FIX_UNATTENDED: {
    meaning: "Drift was to be fixed where nobody can be asked how.",
    next: "Say how: `npx tenantry drift --fix=apply --yes` (or adopt-file, import), or write a script with `--fix-script FILE`.",
  },
});
