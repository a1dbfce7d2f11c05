import * as pulumi from "@pulumi/pulumi";

import { RUN_MARK } from "../processes/runs.ts";

/**
 * The tenants that this run of the program creates; undefined: all. Only `tenantry` may limit it, because it gives the engine
 * the same limit (operations/engine/targets.ts): an engine that is to look at everything would delete what the program leaves
 * out. Throws when the limit comes from anywhere else.
 */
export function limitedTo(env: Readonly<Record<string, string | undefined>>): ReadonlySet<string> | undefined {
  const limit = env["TENANTRY_LIMITED_TO"];
  if (limit === undefined) return undefined;
  if (env[RUN_MARK] !== undefined) return new Set(limit.split(","));
  throw new pulumi.RunError(
    "TENANTRY_LIMITED_TO is set outside a run of tenantry: Pulumi would delete every tenant that it does not name. Unset it.",
  );
}
