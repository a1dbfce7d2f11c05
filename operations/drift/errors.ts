import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of `drift`, by code. */
export const driftErrors = errorKinds({
  DRIFT_FIX_UNATTENDED: {
    meaning: "`--fix` asks how to fix drift, and there is no terminal to ask at.",
    next: "Choose a method: `npx tenantry drift --fix=apply --yes` (or adopt-file, import), or write a script with `--fix-script FILE`.",
  },
});
