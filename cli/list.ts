import { Command } from "commander";

import type { Tenant } from "../tenants/model/tenant.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { jsonOption, stackOption } from "./options.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { openStack } from "../stack/context.ts";
import { standingTenants, type StandingTenant } from "../operations/engine/stack-state.ts";
import { paint, printJson, printLine, table } from "../output/terminal.ts";

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
  const urls = await urlsOf(context, standing);
  const standsOf = (id: string) => {
    const stands = standing.get(id);
    return stands === undefined ? null : { ...stands, url: urls.get(id) ?? null };
  };
  if (json === true) {
    printJson(tenants.map((tenant) => ({ ...declaredPart(tenant), stands: standsOf(tenant.id) })));
    return;
  }
  const head = ["tenant", "state", "region", "files", "database", "app", "machine", "url"];
  printLine(
    table(
      head,
      tenants.map((tenant) => row(tenant, standing.get(tenant.id), urls.get(tenant.id))),
    ),
  );
}

function declaredPart({ id, owner, state, region, plan }: Tenant) {
  return { id, owner, state, region, plan };
}

function row({ id, state, region }: Tenant, standing: StandingTenant | undefined, url: string | undefined): string[] {
  if (standing === undefined) {
    const what = state === "purged" ? "tombstone" : "does not stand yet";
    return [id, state, region, paint("yellow", what), "", "", "", ""];
  }
  const { bucket, volume, databaseUrl, app, machineId } = standing;
  return [id, state, region, bucket ?? `volume ${volume ?? ""}`, databaseUrl ?? "none", app, machineId, url ?? ""];
}
