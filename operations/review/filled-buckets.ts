import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { countingSteps, operationOf, tenantOf, typeOf } from "../engine/steps.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

/**
 * URNs of the buckets at Tigris that these steps delete and that hold right now what no export lists. The provider does not
 * empty such a bucket, so its deletion would fail at the very end, when the tenant's database and keys are gone. Lists each
 * bucket that would go; throws what Tigris answers.
 */
export async function filledBuckets(
  context: StackContext,
  steps: readonly PreviewStep[],
): Promise<ReadonlySet<string>> {
  const going = [...countingSteps(steps).values()].filter(
    (step) => typeOf(step) === "tenantry:tigris:Bucket" && operationOf(step.op) === "delete",
  );
  if (going.length === 0) return new Set();
  // Tigris' client is loaded where a bucket goes: hardly a plan has one.
  const { filledBucketAt } = await import("./filled-bucket.ts");
  const filledBucket = filledBucketAt(accountsOf(context.settings, context.home, process.env).tigris);
  const found = await Promise.all(
    going.map(async ({ urn, oldState }) => {
      const isFilled = await filledBucket(oldState?.id ?? "", oldState?.inputs ?? {}, tenantOf(urn));
      return isFilled ? [urn] : [];
    }),
  );
  return new Set(found.flat());
}
