import { Refusal } from "./refusal.ts";

/** The embedded cloud's only organization. */
export const ORGANIZATION = "tenantry-local";

// `<name>-<organization>` has to be one DNS label at the vendor.
const LONGEST = 62 - ORGANIZATION.length;

/** Throws a 400 unless `name` can name a database or a group. */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > LONGEST)
    throw new Refusal(400, `name must contain between 1 and ${LONGEST} characters`);
  if (!/^[a-z0-9-]+$/.test(name))
    throw new Refusal(400, "name can only contain lowercase letters, numbers, and dashes");
}
