import * as pulumi from "@pulumi/pulumi";

import { databaseGroups } from "./components/groups.ts";
import { lastTenants, orLastRecord } from "./components/last-record.ts";
import { leaveOutStackTraces } from "./components/no-stack-traces.ts";
import { Tenant } from "./components/tenant.ts";
import { machineEndpointOf } from "./stack/accounts.ts";
import { homeOf } from "./stack/home.ts";
import { parseSettings, settingKeys } from "./stack/settings.ts";
import { loadFleet } from "./tenants/load-fleet.ts";
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
const context = {
  stack,
  settings,
  machineEndpoint: machineEndpointOf(settings, homeOf(projectDir, process.env)),
  group: databaseGroups(stack, settings),
};

const declaredFleet = loadFleet("tenants", stack);
// Here and not only in the command line: plain pulumi would delete a removed tenant's machine and keys before it comes to
// the bucket and the database that are protected.
refuseRemoved(declaredFleet, await lastTenants());

/**
 * One small record per tenant, by id; see components/tenant-record.ts. A tenant that failed keeps the record it had. A
 * purged tenant is only a tombstone in its file.
 */
export const fleet = Object.fromEntries(
  declaredFleet.tenants
    .filter(({ state }) => state !== "purged")
    .map((declared) => [declared.id, orLastRecord(declared.id, new Tenant(declared, context).record)]),
);
