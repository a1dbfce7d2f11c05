import { rmSync } from "node:fs";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { tigrisClaims } from "../../provider/tigris/claims.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors, ownerAtVendors } from "../../stack/names-at-vendors.ts";
import { kindOf, ownKind } from "../../resource-kinds/kinds.ts";
import { editTenantFile, tenantPath } from "../../tenants/edits/edit-tenant-file.ts";
import { withState } from "../../tenants/edits/state-text.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { deploy, isWell } from "../engine/deploy.ts";
import type { TenantOutcome } from "../engine/deployment-events.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { tenantsIn } from "../engine/removed-tenants.ts";
import { DROPPED, WITHOUT_RECORDS } from "../engine/targets.ts";
import { machinesIn } from "./emptied-cloud.ts";
import { teardownErrors } from "./errors.ts";
import { holdingsOf, refuseHolders } from "./holdings.ts";
import { sumOfOutcomes } from "./outcomes.ts";

/**
 * Throws DROP_REFUSED for a tenant that is not a new one that was a mistake, as far as its file and the state tell: one that
 * was in use, or that has what `drop` cannot look into, also of a project's own (components/fleet.ts, `eachTenant`). Pure.
 */
export function refuseUndroppable(
  { id, state, hold, manifest, storage, kept }: Tenant,
  stored: readonly Pick<StoredResource, "type">[],
): void {
  const refuse = (what: string) => new TenantryError(teardownErrors.DROP_REFUSED, `${id} ${what}`, { tenant: id });
  if (state === "purged") throw refuse("is purged: its file keeps the id reserved");
  if (state === "suspended") throw refuse("is suspended: it was in use, and its database cannot be read");
  if (hold !== undefined) throw refuse(`is on hold: ${hold}`);
  if (manifest !== undefined) throw refuse("has an export's manifest, so it held data");
  if (kept !== undefined) throw refuse(`still has files on ${kept.map(({ backend }) => backend).join(", ")}`);
  if (storage.backend !== "tigris") throw refuse(`keeps its files on ${storage.backend}, which drop cannot read`);
  const others = [
    ...new Set(stored.flatMap(({ type }) => (ownKind(type) === undefined ? [kindOf(type)?.word ?? type] : []))),
  ];
  if (others.length > 0)
    throw refuse(`has resources that are not tenantry's: ${others.join(", ")}; drop cannot read them`);
}

/**
 * Throws DROP_BEGUN_ELSEWHERE for a tenant of which the state has nothing, while its claim exists at Tigris: an `up` that was
 * killed leaves that, and with the file its last trace would go.
 */
export async function refuseUnrecorded(context: StackContext, tenant: string): Promise<void> {
  const { bucket } = namesAtVendors(context, tenant);
  const { tigris } = accountsOf(context.settings, context.home, process.env);
  const { held } = await tigrisClaims(tigrisClient(tigris)).read(bucket, ownerAtVendors(context, tenant));
  if (held === "by-us") throw new TenantryError(teardownErrors.DROP_BEGUN_ELSEWHERE, `bucket ${bucket}`, { tenant });
}

/**
 * Takes out a tenant that holds nothing, and its file last. Each step can be the last one of a run that is killed: the next
 * run begins with the first step that is not done.
 *
 * 1. The file says `state: offboarding`, which declares that bucket and database may go.
 * 2. The machine goes: from then on nobody writes, and what it had not uploaded is in the bucket.
 * 3. Bucket and database lose their protections, by the file's new state.
 * 4. The database takes no writes any more, and everything is looked into once more.
 * 5. A run that leaves the tenant out deletes all that it has. A bucket that is not empty is not deleted (bucket.ts).
 * 6. The file goes.
 *
 * Throws DROP_HOLDS_DATA when the second look finds something: then the machine is gone, and all data is there.
 */
export async function dropped(
  context: StackContext,
  tenant: string,
  all: readonly StoredResource[],
): Promise<TenantOutcome[]> {
  const stored = tenantsIn(all).get(tenant) ?? [];
  editTenantFile(context, tenant, (text) => withState(text, "offboarding", undefined));
  const machines = machinesIn(stored);
  const guarded = stored
    .filter(({ type, protect }) => HOLDING.includes(type) && protect === true)
    .map(({ urn }) => urn);
  const steps = [
    { args: ["destroy", ...targets(machines)], expected: machines },
    { args: ["up", ...targets(guarded)], expected: guarded, env: WITHOUT_RECORDS },
  ];
  let sum: TenantOutcome[] = [];
  for (const step of steps) {
    if (step.expected.length > 0) sum = sumOfOutcomes(sum, (await deploy(context, step)).outcomes);
    if (!isWell(sum)) return ofTenant(sum, tenant);
  }
  await lookAgain(context, tenant, stored);
  const rest = stored.flatMap(({ urn }) => (machines.includes(urn) ? [] : [urn]));
  const limit = { tenants: [tenant], stored: all };
  const last = { args: ["up"], limit, expected: rest, env: { [DROPPED]: tenant } };
  sum = sumOfOutcomes(sum, (await deploy(context, last)).outcomes);
  if (isWell(sum)) removeFile(context, tenant);
  return ofTenant(sum, tenant);
}

/** Removes the tenant's file. */
export function removeFile(context: StackContext, tenant: string): void {
  rmSync(tenantPath(context, tenant));
}

/** The run had nothing to do for the others; an error that names one of them is still reported. */
function ofTenant(outcomes: readonly TenantOutcome[], tenant: string): TenantOutcome[] {
  return outcomes.filter((outcome) => outcome.tenant === tenant || outcome.result !== "ok");
}

const DATABASE = "tenantry:turso:Database";
const HOLDING = ["tenantry:tigris:Bucket", DATABASE];

function targets(urns: readonly string[]): string[] {
  return urns.flatMap((urn) => ["--target", urn]);
}

/**
 * Throws DROP_HOLDS_DATA. A token that somebody was given could still write: so the database takes no writes first, and takes
 * them again when it is kept. The bucket's name is to be free for the next tenant, which soft delete would hold for days.
 */
async function lookAgain(context: StackContext, tenant: string, stored: readonly StoredResource[]): Promise<void> {
  const accounts = accountsOf(context.settings, context.home, process.env);
  const { tigris, turso } = accounts;
  const databases = tursoClient(turso);
  const blockWrites = async (block_writes: boolean) => {
    for (const { type, id = "" } of stored) {
      if (type !== DATABASE || (await databases.database(id, { tenant })) === undefined) continue;
      await databases.configure(id, { block_writes }, { tenant });
    }
  };
  await blockWrites(true);
  const holdings = await holdingsOf(accounts, tenant, stored);
  try {
    const back = `It was written during the drop; only the machine is deleted. Set \`state: active\` in tenants/${context.stack}/${tenant}.yaml and run \`npx tenantry up ${tenant} --stack ${context.stack}\`, which creates the machine again.`;
    refuseHolders(tenant, holdings, back);
  } catch (error) {
    await blockWrites(false);
    throw error;
  }
  const { buckets } = tigrisClient(tigris);
  const off = { body: { soft_delete: { enabled: false } }, headers: {} };
  for (const { kind, name } of holdings) if (kind === "bucket") await buckets.patch(name, off, { tenant });
}
