import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../../provider/http/serving.ts";
import { tigrisClient, type TigrisClient } from "../../provider/tigris/client.ts";
import { refuseChanged } from "../../provider/tigris/emptied-bucket.ts";
import { tigrisErrors } from "../../provider/tigris/errors.ts";
import { isRefusal } from "../../provider/tigris/refusal-code.ts";
import type { Accounts } from "../../stack/accounts.ts";

/** Looks whether a bucket holds right now what no export lists. One that is gone holds nothing. Throws what Tigris answers. */
export type FilledBucket = (
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  tenant: string,
) => Promise<boolean>;

/** One client for all buckets of a plan. */
export function filledBucketAt(account: Accounts["tigris"]): FilledBucket {
  const client = tigrisClient(account);
  return async (name, inputs, tenant) => {
    try {
      return await isFilled(client, name, inputs, { tenant });
    } catch (error) {
      if (isRefusal(error, 404, "NoSuchBucket")) return false;
      throw error;
    }
  };
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
