import { VendorError } from "../../provider/http/vendor-error.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { countingSteps, operationOf, tenantOf, typeOf } from "../engine/steps.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

/**
 * URNs of the buckets at Tigris that these steps delete and that hold files right now. The provider never empties a
 * bucket, so such a deletion would fail at the very end, when the tenant's database and keys are gone. Asks Tigris, once for
 * each bucket that would go; throws what it answers.
 */
export async function filledBuckets(
  context: StackContext,
  steps: readonly PreviewStep[],
): Promise<ReadonlySet<string>> {
  const going = [...countingSteps(steps).values()].filter(
    (step) => typeOf(step) === "tenantry:tigris:Bucket" && operationOf(step.op) === "delete",
  );
  if (going.length === 0) return new Set();
  const { buckets } = tigrisClient(accountsOf(context.settings, context.home, process.env).tigris);
  const found = await Promise.all(
    going.map(async ({ urn, oldState }) => {
      const name = oldState?.id ?? "";
      try {
        return (await buckets.isEmpty(name, { tenant: tenantOf(urn) })) ? [] : [urn];
      } catch (error) {
        if (VendorError.hasStatus(error, 404)) return [];
        throw error;
      }
    }),
  );
  return new Set(found.flat());
}
