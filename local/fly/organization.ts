import { Refusal } from "./refusal.ts";

/** The one organisation of the embedded Fly. Apps of other organisations can only be planted (`/_embedded/foreign-apps`). */
export const ORGANIZATION = { slug: "tenantry-local", name: "Tenantry Local", numericId: 1 } as const;

/** Where an app is, and where a private address is called from, when no network is named. */
export const DEFAULT_NETWORK = "default";

/** Refuses calls for another organisation: no token here has access to one. Throws 422 or 403. */
export function ownOrganization(slug: string | undefined): void {
  if (slug === undefined || slug === "") throw new Refusal(422, "org_slug is required");
  // Fly takes this name for the token's own organisation, and never shows it again.
  if (slug === "personal") return;
  if (slug !== ORGANIZATION.slug) throw new Refusal(403, "not authorized to access this organization");
}
