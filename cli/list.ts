import { Command } from "commander";

import type { Tenant } from "../tenants/model/tenant.ts";
import { declaredFleet } from "./declared-fleet.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "./stack-context.ts";
import { standingTenants, type StandingTenant } from "./stack-state.ts";
import { paint, printJson, printLine, table } from "./terminal.ts";

/** `tenantry list`: the tenants of a stack and what stands of each. */
export function command(): Command {
  return new Command("list")
    .description("The tenants of a stack: what their files declare and what stands of each.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(list);
}

async function list({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const context = openStack(stack);
  const standing = await standingTenants(context);
  const { tenants } = declaredFleet(context);
  if (json === true) {
    printJson(tenants.map((tenant) => ({ ...declaredPart(tenant), stands: standing.get(tenant.id) ?? null })));
    return;
  }
  const head = ["tenant", "state", "region", "files", "database", "app", "machine"];
  printLine(
    table(
      head,
      tenants.map((tenant) => row(tenant, standing.get(tenant.id))),
    ),
  );
}

function declaredPart({ id, owner, state, region, plan }: Tenant) {
  return { id, owner, state, region, plan };
}

function row({ id, state, region }: Tenant, standing: StandingTenant | undefined): string[] {
  if (standing === undefined) {
    const what = state === "purged" ? "tombstone" : "does not stand yet";
    return [id, state, region, paint("yellow", what), "", "", ""];
  }
  const { bucket, volume, databaseUrl, app, machineId } = standing;
  return [id, state, region, bucket ?? `volume ${volume ?? ""}`, databaseUrl ?? "none", app, machineId];
}
