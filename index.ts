import * as pulumi from "@pulumi/pulumi";

import { databaseGroups } from "./components/groups.ts";
import { lastFleet, orLastRecord } from "./components/last-record.ts";
import { leaveOutStackTraces } from "./components/no-stack-traces.ts";
import { loadAws, refuseAwsOnEmbedded, usesAws } from "./components/resources/aws.ts";
import { moveInWords, refuseUndeclaredMoves } from "./components/storage-moves.ts";
import { Tenant } from "./components/tenant.ts";
import { machineEndpointOf } from "./stack/accounts.ts";
import { homeOf } from "./stack/home.ts";
import { parseSettings, settingKeys } from "./stack/settings.ts";
import { loadFleet } from "./tenants/load-fleet.ts";
import type { Tenant as Declared } from "./tenants/model/tenant.ts";
import { refuseRemoved } from "./tenants/removed-tenants.ts";

leaveOutStackTraces();

const stack = pulumi.getStack();
const projectDir = process.cwd();
const config = new pulumi.Config("tenantry");
const given = settingKeys.flatMap((key) => {
  const value = config.get(key);
  return value === undefined ? [] : [[key, value] as const];
});
const settings = parseSettings(stack, Object.fromEntries(given));
const declaredFleet = loadFleet("tenants", stack);
const context = {
  stack,
  settings,
  machineEndpoint: machineEndpointOf(settings, homeOf(projectDir, process.env)),
  group: databaseGroups(stack, settings),
  aws: declaredFleet.tenants.some(usesAws) ? await loadAws() : undefined,
};

// Here and not only in the command line: plain pulumi would delete a removed tenant's machine and keys before it comes to
// the bucket and the database that are protected.
const standing = await lastFleet();
inWords(() => {
  refuseRemoved(declaredFleet, standing.keys());
  refuseUndeclaredMoves(declaredFleet, standing);
  refuseAwsOnEmbedded(declaredFleet, settings.cloud);
});

/** The tenants that this run is limited to (operations/engine/targets.ts): nothing of the others is touched. */
const limitedTo = process.env["TENANTRY_LIMITED_TO"]?.split(",");

/**
 * One small record per tenant, by id; see components/tenant-record.ts. A tenant that failed keeps the record it had. A
 * purged tenant is only a tombstone in its file.
 */
export const fleet = Object.fromEntries(
  declaredFleet.tenants.filter(({ state }) => state !== "purged").map((declared) => [declared.id, recordOf(declared)]),
);

/** All tenants are made here, or Pulumi would take them for removed; what is not applied is not said to be. */
function recordOf(declared: Declared) {
  const { record } = tenant(declared);
  const isMeant = limitedTo?.includes(declared.id) ?? true;
  return isMeant ? orLastRecord(declared.id, record) : standing.get(declared.id);
}

/** Of a RunError Pulumi prints the words only, of every other error all that is in it. */
function inWords(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof Error ? new pulumi.RunError(error.message) : error;
  }
}

function tenant(declared: Declared): Tenant {
  const made = new Tenant(declared, context);
  const move = moveInWords(declared, standing);
  if (move !== undefined) void pulumi.log.warn(move, made);
  return made;
}
