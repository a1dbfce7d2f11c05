import { parseTenant } from "../../tenants/parse-tenant.ts";
import type { TenantFile } from "../../tenants/model/tenant-file.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { committedPlans } from "../tenants/plans.ts";
import type { ScratchTenants } from "./scratch-tenants.ts";
import { type Patience, runPlugin } from "./plugin.ts";
import { registrationsOf } from "./registrations.ts";
import { type Outcome, run, type State } from "./small-engine.ts";

/** The tenant of every life. */
export const ID = "acme";

const PLANS = committedPlans();

/** The tenant that a file describes. Undefined: the file is refused. */
export function declaredBy(file: TenantFile): Tenant | undefined {
  const parsed = parseTenant(JSON.stringify(file), `${ID}.yaml`, PLANS);
  return parsed.ok ? parsed.value : undefined;
}

/** What `up` does: the program, the provider in this process, and an engine between them. */
export async function apply(
  { settings, accounts }: Pick<ScratchTenants, "settings" | "accounts">,
  tenant: Tenant,
  before: State,
  { patience, now = () => new Date() }: { readonly patience?: Patience | undefined; readonly now?: () => Date } = {},
): Promise<Outcome & { readonly lines: readonly string[] }> {
  const plugin = await runPlugin({ settings, accounts }, patience, now);
  try {
    const place = { settings, machineEndpoint: accounts.tigris.machineEndpoint };
    return { ...(await run(plugin, await registrationsOf([tenant], place), before)), lines: plugin.lines };
  } finally {
    plugin.stop();
  }
}
