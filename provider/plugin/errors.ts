import { errorKinds } from "../../errors/tenantry-error.ts";

/** Errors of the plugin itself, by code. */
export const pluginErrors = errorKinds({
  REPLACED_KEPT: {
    meaning:
      "A resource of this tenant failed in this run, so replaced credentials are kept: the machine may still use the old key.",
    next: "Fix the failure and run the same command again. It removes the replaced credentials when the whole tenant succeeds.",
  },
});
