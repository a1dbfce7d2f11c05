import type { Owner } from "../resource-kinds/claim.ts";
import { physicalNames } from "../tenants/physical-name.ts";
import { nameAtVendors, type StackSettings } from "./settings.ts";

/** A stack, as far as names at the vendors follow from it. */
export interface Named {
  readonly stack: string;
  readonly settings: StackSettings;
}

/** The names of everything a tenant has at the vendors, whichever stack of its group it is in. Pure. */
export function namesAtVendors({ stack, settings }: Named, tenant: string): ReturnType<typeof physicalNames> {
  return physicalNames({ ...settings, stack: nameAtVendors(stack, settings), tenant });
}

/** Whom the marks on a tenant's resources name, whichever stack of its group it is in. Pure. */
export function ownerAtVendors({ stack, settings }: Named, tenant: string): Owner {
  return { fleetId: settings.fleetId, stack: nameAtVendors(stack, settings), tenant };
}
