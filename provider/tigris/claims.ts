import { type Claims, type ClaimState, OWNER_TAG, type Owner, ownerMark, ownerOf } from "../../resource-kinds/claim.ts";
import type { Tags, TagsFound } from "./bucket-calls.ts";
import type { TigrisClient } from "./client.ts";

/** A tenant's bucket is its claim: this reads its mark live. Concurrent callers share one call. */
export function tigrisClaims(client: TigrisClient): Claims {
  return {
    read: async (bucket, owner) => claimOn(await client.buckets.tags(bucket, { tenant: owner.tenant }), owner),
  };
}

/** The owner of a bucket, by its tags. */
export function claimOn(found: TagsFound, owner: Owner): ClaimState {
  if ("gone" in found) return { held: "gone" };
  if ("foreign" in found) return { held: "by-other", who: "another organisation at Tigris" };
  const mark = found.tags[OWNER_TAG];
  if (mark === undefined) return { held: "by-nobody" };
  return mark === ownerMark(owner) ? { held: "by-us" } : { held: "by-other", who: holder(mark) };
}

/** The mark, and the same in readable form for the people who see the bucket in Tigris' console. */
export function ownerTags(owner: Owner): Tags {
  return { [OWNER_TAG]: ownerMark(owner), "tenantry-tenant": owner.tenant, "tenantry-stack": owner.stack };
}

function holder(mark: string): string {
  const owner = ownerOf(mark);
  if (owner === undefined) return `somebody who marks buckets ${JSON.stringify(mark.slice(0, 80))}`;
  return `tenant ${owner.tenant} of stack ${owner.stack} in fleet ${owner.fleetId}`;
}
