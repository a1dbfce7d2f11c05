import type { Descriptor } from "../../stack/accounts.ts";
import { parseSettings, type StackSettings } from "../../stack/settings.ts";

/** The settings of the stack `local` on a test's embedded cloud. */
export function embeddedSettings({ turso, fly }: Pick<Descriptor, "turso" | "fly">): StackSettings {
  return parseSettings("local", {
    cloud: "embedded",
    fleetId: "0123456789abcdef",
    prefix: "tst",
    tursoOrganization: turso.organization,
    flyOrganization: fly.organization,
  });
}
