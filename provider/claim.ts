/** Who a tenant's resources belong to. Written as `fleetId/stack/tenant` on the tenant's claim. */
export interface Owner {
  /** Random id of the fleet, from `tenantry:fleetId` in `Pulumi.<stack>.yaml`. */
  readonly fleetId: string;
  readonly stack: string;
  readonly tenant: string;
}

/** The tag on a bucket (or the metadata on a Fly app) that carries the owner. */
export const OWNER_TAG = "tenantry-owner";

/** The owner as it stands on the claim: `fleetId/stack/tenant`. */
export function ownerMark(owner: Owner): string {
  return `${owner.fleetId}/${owner.stack}/${owner.tenant}`;
}

/** What stands on a claim right now. */
export type ClaimState =
  | { readonly held: "by-us" }
  /** Somebody else's mark, or a name in an organisation that is not ours. */
  | { readonly held: "by-other"; readonly who: string }
  /** The claim exists but carries no mark. */
  | { readonly held: "by-nobody" }
  | { readonly held: "gone" };

/**
 * Reads a tenant's claim live. The bucket is the claim, so the Tigris room implements this; the other rooms only ask,
 * before they adopt something whose name is already taken.
 */
export interface Claims {
  /** `claim` is the physical name of the tenant's bucket. Throws when the claim cannot be read: unknown is not gone. */
  read(claim: string, owner: Owner): Promise<ClaimState>;
}
