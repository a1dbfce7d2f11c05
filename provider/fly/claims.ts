import { networkName } from "../../tenants/physical-name.ts";
import type { Claims, ClaimState } from "../../resource-kinds/claim.ts";
import { VendorError } from "../http/vendor-error.ts";
import type { Serving } from "../http/serving.ts";
import type { FlyApp } from "./app-calls.ts";
import type { FlyClient } from "./client.ts";

/** The location of our app: Fly sets both when it creates the app, and never changes them. */
export interface Place {
  readonly organization: string;
  /** For a claim: a name that nobody else computes, `networkName`. */
  readonly network: string;
}

/** An app may be its tenant's claim: this reads its owner live. */
export function flyClaims(client: FlyClient, organization: string): Claims {
  return {
    read: (app, owner) =>
      claimOn(client, app, { organization, network: networkName({ app, ...owner }) }, { tenant: owner.tenant }),
  };
}

/** The owner of an app, by its organisation and its network. */
export async function claimOn(client: FlyClient, name: string, ours: Place, to: Serving): Promise<ClaimState> {
  const found = await lookUp(client, name, to);
  if (found === undefined) return { held: "gone" };
  const other = otherOrganization(found, ours);
  if (other !== undefined) return { held: "by-other", who: other };
  const network = found === "foreign" ? undefined : await client.networkOf(found, to);
  if (network === ours.network) return { held: "by-us" };
  return { held: "by-other", who: `its creator on network ${network ?? "(not shown)"}` };
}

/** An app as far as we may see it. Undefined when nobody has the name. */
export async function lookUp(client: FlyClient, name: string, to: Serving): Promise<FlyApp | "foreign" | undefined> {
  try {
    return await client.app(name, to);
  } catch (error) {
    // Fly answers 403 for an existing app that our token may not see.
    if (VendorError.hasStatus(error, 403)) return "foreign";
    throw error;
  }
}

/** The organisation that has an app; undefined when it is ours. */
export function otherOrganization(found: FlyApp | "foreign", ours: Pick<Place, "organization">): string | undefined {
  if (found === "foreign") return "another Fly organisation";
  return found.organization === ours.organization ? undefined : `Fly organisation ${found.organization}`;
}
