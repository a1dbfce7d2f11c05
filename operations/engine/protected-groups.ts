import type { StackContext } from "../../stack/context.ts";
import { pulumiOutput } from "./pulumi.ts";
import type { StoredResource } from "./stack-state.ts";

/**
 * Takes Pulumi's protection off the database groups that an earlier version put it on. It kept no data, for every database
 * has its own and the provider never deletes a group that holds one; and an empty group that no tenant declares any more
 * blocked the whole stack with it.
 */
export async function unprotectGroups(context: StackContext, stored: readonly StoredResource[]): Promise<void> {
  for (const { urn, type, protect } of stored) {
    if (type === "tenantry:turso:Group" && protect === true) {
      await pulumiOutput(context, ["state", "unprotect", urn, "--yes"]);
    }
  }
}
