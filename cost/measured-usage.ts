import type { MeasuredUsage } from "./estimate.ts";
import { runningHours } from "./running-hours.ts";
import type { Usage } from "./usage.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { flyClient } from "../provider/fly/client.ts";
import { tigrisClient } from "../provider/tigris/client.ts";
import { tursoClient } from "../provider/turso/client.ts";
import type { Accounts } from "../stack/accounts.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { type Named, namesAtVendors } from "../stack/names-at-vendors.ts";

const AT_ONCE = 16;
const MONTH_MS = 30 * 86_400_000;

/**
 * Asks the vendors what each tenant uses: the bucket's size, the database's bytes and rows of the last 30 days, the machine's
 * history. Reads only. What fails for one tenant is told there and does not stop the others.
 */
export async function measuredUsage(
  of: Named,
  accounts: Accounts,
  tenants: readonly Tenant[],
  now: Date,
): Promise<ReadonlyMap<string, MeasuredUsage>> {
  const clients = {
    tigris: tigrisClient(accounts.tigris),
    turso: tursoClient(accounts.turso),
    fly: flyClient(accounts.fly),
  };
  const found = new Map<string, MeasuredUsage>();
  const waiting = tenants.filter(({ state }) => state !== "purged");
  const work = async () => {
    for (let tenant = waiting.pop(); tenant !== undefined; tenant = waiting.pop()) {
      found.set(tenant.id, await ofTenant(tenant, namesAtVendors(of, tenant.id), clients, now));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

interface Clients {
  readonly tigris: ReturnType<typeof tigrisClient>;
  readonly turso: ReturnType<typeof tursoClient>;
  readonly fly: ReturnType<typeof flyClient>;
}

async function ofTenant(
  tenant: Tenant,
  names: ReturnType<typeof namesAtVendors>,
  { tigris, turso, fly }: Clients,
  now: Date,
): Promise<MeasuredUsage> {
  const serving = { tenant: tenant.id };
  const unread: string[] = [];
  const tried = async (what: string, read: () => Promise<Partial<Usage>>): Promise<Partial<Usage>> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof TenantryError)) throw error;
      unread.push(`${what}: ${error.code}`);
      return {};
    }
  };
  const parts = await Promise.all([
    tried("bucket", async () => {
      if (tenant.storage.backend !== "tigris") return {};
      const bytes = await tigris.buckets.size(names.bucket, serving);
      return bytes === undefined ? {} : { storedGb: bytes / 1e9 };
    }),
    tried("database", async () => {
      if (tenant.database.engine !== "turso") return {};
      const span = { from: new Date(now.getTime() - MONTH_MS), to: now };
      const used = await turso.usage(names.database, span, serving);
      if (used === undefined) return {};
      return { databaseGb: used.storageBytes / 1e9, rowsRead: used.rowsRead, rowsWritten: used.rowsWritten };
    }),
    tried("machine", async () => {
      const [machine] = await fly.machineIds(names.app, serving);
      if (machine === undefined) return {};
      const hours = runningHours(await fly.machineEvents({ app: names.app, machine }, serving), now);
      return hours === undefined ? {} : { runningHours: hours };
    }),
  ]);
  return { usage: parts.reduce((all, part) => ({ ...all, ...part }), {}), unread };
}
