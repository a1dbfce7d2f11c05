import type { Owner } from "../resource-kinds/claim.ts";
import { physicalNames } from "../tenants/physical-name.ts";
import { nameAtVendors, type StackSettings } from "./settings.ts";

/** The parts of a stack that determine names at the vendors. */
export interface Named {
  readonly stack: string;
  readonly settings: StackSettings;
}

/** The names of a tenant's resources at the vendors, the same in every stack of its group. Pure. */
export function namesAtVendors({ stack, settings }: Named, tenant: string): ReturnType<typeof physicalNames> {
  return physicalNames({ ...settings, stack: nameAtVendors(stack, settings), tenant });
}

/** The owner in the marks on a tenant's resources, the same in every stack of its group. Pure. */
export function ownerAtVendors({ stack, settings }: Named, tenant: string): Owner {
  return { fleetId: settings.fleetId, stack: nameAtVendors(stack, settings), tenant };
}
