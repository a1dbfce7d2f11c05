import { readPlans } from "../../tenants/load-fleet.ts";
import type { Plans } from "../../tenants/model/tenant-file.ts";

/** The plans of this repository. */
export function committedPlans(): Plans {
  const plans = readPlans("tenants/plans.yaml");
  if (!plans.ok) throw new Error("tenants/plans.yaml is broken");
  return plans.value;
}
