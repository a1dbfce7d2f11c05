/** Who a tenant's resources belong to. Written as `fleetId/stack/tenant` on the tenant's claim. */
export interface Owner {
  /** Random id of the fleet, from `tenantry:fleetId` in `Pulumi.<stack>.yaml`. */
  readonly fleetId: string;
  readonly stack: string;
  readonly tenant: string;
}

/** The tag on a bucket, and the entry in a machine's metadata, that carries the owner. */
export const OWNER_TAG = "tenantry-owner";

/** The owner as it is written on the claim: `fleetId/stack/tenant`. */
export function ownerMark(owner: Owner): string {
  return `${owner.fleetId}/${owner.stack}/${owner.tenant}`;
}

/** The owner in a mark; undefined for a text that no stack of ours writes. */
export function ownerOf(mark: string): Owner | undefined {
  const [fleetId = "", stack = "", tenant = "", ...rest] = mark.split("/");
  return fleetId === "" || stack === "" || tenant === "" || rest.length > 0 ? undefined : { fleetId, stack, tenant };
}

/** What a claim says right now. */
export type ClaimState =
  | { readonly held: "by-us" }
  /** Another owner's mark, or a name in another organisation. */
  | { readonly held: "by-other"; readonly who: string }
  /** The claim exists but carries no mark. */
  | { readonly held: "by-nobody" }
  | { readonly held: "gone" };

/**
 * Reads a tenant's claim live, before something whose name is already taken is adopted. `claim` is the physical name of the
 * tenant's bucket at Tigris, or `app:` and the name of its Fly app if its files are elsewhere.
 */
export interface Claims {
  /** Throws when the claim cannot be read: unknown is not gone. */
  read(claim: string, owner: Owner): Promise<ClaimState>;
}

/** The name of the app in a claim; undefined if the claim is a bucket. */
export function claimingApp(claim: string): string | undefined {
  return claim.startsWith("app:") ? claim.slice("app:".length) : undefined;
}

/** A claim as people read it: `bucket tnt-prod-acme`. */
export function claimInWords(claim: string): string {
  const app = claimingApp(claim);
  return app === undefined ? `bucket ${claim}` : `app ${app}`;
}
