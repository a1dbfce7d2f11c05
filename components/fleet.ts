import * as pulumi from "@pulumi/pulumi";

import { machineEndpointOf } from "../stack/accounts.ts";
import { homeOf } from "../stack/home.ts";
import { nameAtVendors, parseSettings, settingKeys } from "../stack/settings.ts";
import { refuseSharedTenants } from "../stack/stack-group.ts";
import { loadFleet } from "../tenants/load-fleet.ts";
import type { Tenant as Declared } from "../tenants/model/tenant.ts";
import { refuseRemoved } from "../tenants/removed-tenants.ts";
import type { FleetContext } from "./fleet-context.ts";
import { storeDependenciesOnce } from "./dependencies-once.ts";
import { databaseGroups } from "./groups.ts";
import { lastFleet, orLastRecord } from "./last-record.ts";
import { limitedTo } from "./limited-to.ts";
import { declaredDigest } from "../tenants/schemas/migration.ts";
import { schemaFolders } from "../tenants/schemas/read-folder.ts";
import { leaveOutStackTraces } from "./no-stack-traces.ts";
import { loadAws, refuseAwsOnEmbedded, usesAws } from "./resources/aws.ts";
import { moveInWords, refuseUndeclaredMoves } from "./storage-moves.ts";
import { Tenant } from "./tenant.ts";
import type { TenantRecord } from "./tenant-record.ts";

/** What a project adds to every tenant. */
export interface FleetOptions {
  /**
   * Called once for each tenant that is not purged, when its resources are registered. Create your own resources here, with
   * `parent: tenant`, so that `tenantry` attributes them to the tenant. Default: nothing.
   */
  readonly eachTenant?: (tenant: Tenant, declared: Declared) => void;
}

/** One small record per tenant, by id; see components/tenant-record.ts. Export it as `fleet`: every verb reads it there. */
export type Fleet = Readonly<Record<string, pulumi.Output<TenantRecord> | TenantRecord | undefined>>;

/**
 * The whole program of a tenantry project: reads the stack's settings (`tenantry:*` in `Pulumi.<stack>.yaml`) and the tenant
 * files below `tenants/`, and registers the resources of each tenant. Throws a readable error for an invalid tenant file or
 * setting.
 */
export async function tenantFleet({ eachTenant = () => undefined }: FleetOptions = {}): Promise<Fleet> {
  leaveOutStackTraces();
  storeDependenciesOnce();
  const stack = pulumi.getStack();
  const settings = parseSettings(stack, givenSettings());
  const declaredFleet = loadFleet("tenants", stack);
  const limited = limitedTo(process.env);
  // The file of a purged tenant is only a tombstone. For a tenant that is being dropped, the file is deleted last
  // (operations/teardown/drop.ts).
  const dropped = process.env["TENANTRY_DROPPED"];
  const living = declaredFleet.tenants.filter(({ id, state }) => state !== "purged" && id !== dropped);
  const meant = living.filter(({ id }) => limited?.has(id) ?? true);
  const home = homeOf(process.cwd(), process.env);
  const schemas = schemaFolders(process.cwd());
  const context: FleetContext = {
    stack: nameAtVendors(stack, settings),
    settings,
    machineEndpoint: machineEndpointOf(settings, home),
    group: databaseGroups(stack, settings),
    schemaDigest: (from, version) => declaredDigest(schemas(from).folder, version),
    aws: meant.some(usesAws) ? await loadAws() : undefined,
  };
  // Here and not only in the command line: plain pulumi would delete a removed tenant's machine and keys before it reaches
  // the protected bucket and database.
  const existing = await lastFleet();
  inWords(() => {
    refuseSharedTenants({ projectDir: process.cwd(), home, stack, settings });
    refuseRemoved(declaredFleet, existing.keys());
    refuseUndeclaredMoves(declaredFleet, existing);
    refuseAwsOnEmbedded(declaredFleet, settings.cloud);
  });
  // Also the groups of tenants that this run skips: one of them may be a target of the run, and would be deleted.
  for (const { database } of living) if (database.engine === "turso") void context.group(database.location);
  const recordOf = (declared: Declared) => {
    // A tenant without work is not created: the engine leaves alone what is not a target.
    if (!meant.includes(declared)) return existing.get(declared.id);
    const made = new Tenant(declared, context);
    const move = moveInWords(declared, existing);
    if (move !== undefined) void pulumi.log.warn(move, made);
    eachTenant(made, declared);
    // A tenant that failed keeps its previous record; so does each tenant in a run in which `drop` forbids writing records.
    if (process.env["TENANTRY_RECORDS"] === "kept") return existing.get(declared.id);
    return orLastRecord(declared.id, made.record);
  };
  return Object.fromEntries(living.map((declared) => [declared.id, recordOf(declared)]));
}

function givenSettings(): Record<string, string> {
  const config = new pulumi.Config("tenantry");
  const given = settingKeys.flatMap((key) => {
    const value = config.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(given);
}

/** Pulumi prints only the message of a RunError, but everything in any other error. */
function inWords(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof Error ? new pulumi.RunError(error.message) : error;
  }
}
