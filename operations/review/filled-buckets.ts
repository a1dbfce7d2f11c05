import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../../provider/http/serving.ts";
import { tigrisClient, type TigrisClient } from "../../provider/tigris/client.ts";
import { refuseChanged } from "../../provider/tigris/emptied-bucket.ts";
import { tigrisErrors } from "../../provider/tigris/errors.ts";
import { isRefusal } from "../../provider/tigris/refusal-code.ts";
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
  const client = tigrisClient(accountsOf(context.settings, context.home, process.env).tigris);
  const found = await Promise.all(
    going.map(async ({ urn, oldState }) => {
      const name = oldState?.id ?? "";
      try {
        return (await isFilled(client, name, oldState?.inputs ?? {}, { tenant: tenantOf(urn) })) ? [urn] : [];
      } catch (error) {
        if (isRefusal(error, 404, "NoSuchBucket")) return [];
        throw error;
      }
    }),
  );
  return new Set(found.flat());
}

async function isFilled(
  client: TigrisClient,
  name: string,
  { exportedContents: exported, snapshots }: Readonly<Record<string, unknown>>,
  serving: Serving,
): Promise<boolean> {
  const { buckets } = client;
  const keepsVersions = snapshots === true;
  if (typeof exported !== "string") {
    const held = await buckets.contents(name, { keepsVersions }, serving);
    return held.some(({ kind }) => kind === "file" || kind === "version");
  }
  const found = await buckets.tags(name, serving);
  if (!("tags" in found)) return false;
  try {
    await refuseChanged({ client, name, keepsVersions, exported, tags: found.tags, serving });
    return false;
  } catch (error) {
    if (TenantryError.is(error, tigrisErrors.TIGRIS_CONTENTS_CHANGED)) return true;
    throw error;
  }
}
