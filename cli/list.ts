import { Command } from "commander";

import type { Tenant } from "../tenants/model/tenant.ts";
import { jsonOption, stackOption, tenantsArgument, wideOption } from "./options.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { openStack } from "../stack/context.ts";
import { standingTenants, type StandingTenant } from "../operations/engine/stack-state.ts";
import { paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry list [TENANT...]`: the tenants of a stack and what exists of each. */
export function command(): Command {
  return new Command("list")
    .description("The tenants of a stack: what their files declare and what exists of each.")
    .addArgument(tenantsArgument())
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .action(list);
}

interface ListOptions {
  readonly stack: string;
  readonly wide?: boolean;
  readonly json?: boolean;
}

interface Listed {
  readonly tenant: Tenant;
  readonly exists: StandingTenant | undefined;
  readonly url: string | undefined;
}

async function list(ids: readonly string[], { stack, wide, json }: ListOptions): Promise<void> {
  const context = openStack(stack);
  const tenants = chosenTenants(context, ids);
  const [standing, urls] = await during(`tenants of ${stack}`, async () => {
    const found = await standingTenants(context);
    return [found, await urlsOf(context, found)] as const;
  });
  const rows = tenants.map((tenant) => ({ tenant, exists: standing.get(tenant.id), url: urls.get(tenant.id) }));
  if (json === true) printJson(rows.map(asDocument));
  else printLine(columnTable(COLUMNS, rows, wide === true ? Infinity : terminalWidth()));
}

function asDocument({ tenant, exists, url }: Listed) {
  const { id, owner, state, region, plan } = tenant;
  return { id, owner, state, region, plan, stands: exists === undefined ? null : { ...exists, url: url ?? null } };
}

const COLUMNS: readonly Column<Listed>[] = [
  { head: "tenant", of: ({ tenant }) => tenant.id },
  { head: "state", of: ({ tenant }) => tenant.state },
  { head: "exists", of: existsWord },
  { head: "region", of: ({ tenant }) => tenant.region, goes: 2 },
  { head: "plan", of: ({ tenant }) => tenant.plan, goes: 6 },
  { head: "owner", of: ({ tenant }) => tenant.owner, goes: 5 },
  { head: "files", of: filesOf, goes: 4 },
  { head: "database", of: ({ exists }) => exists?.databaseUrl ?? "", goes: 3 },
  { head: "app", of: ({ exists }) => exists?.app ?? "", goes: 7 },
  { head: "machine", of: ({ exists }) => exists?.machineId ?? "", goes: 8 },
  { head: "url", of: ({ url }) => url ?? "", goes: 1 },
];

/** A purged tenant's file only keeps its name. */
function existsWord({ tenant, exists }: Listed): string {
  if (exists !== undefined) return paint("green", "yes");
  return tenant.state === "purged" ? "purged" : paint("yellow", "not yet");
}

function filesOf({ exists }: Listed): string {
  return exists === undefined ? "" : (exists.bucket ?? `volume ${exists.volume ?? ""}`);
}
