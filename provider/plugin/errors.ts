import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the plugin itself, by code. */
export const pluginErrors = errorKinds({
  REPLACED_KEPT: {
    meaning:
      "Something of this tenant failed in this run, so what was replaced is kept: the machine may still work with the old key.",
    next: "Correct what failed and run the same command again: it takes what was replaced away when all of the tenant is well.",
  },
});
