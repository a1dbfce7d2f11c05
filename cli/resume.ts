import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { expiredTenants } from "../operations/engine/coming-due.ts";
import { clockFrom } from "../provider/clock.ts";
import { openStack } from "../stack/context.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { resumedText } from "../tenants/edits/state-text.ts";
import { refuseHalfSwitched } from "../operations/snapshots/half-switched.ts";
import { note } from "../output/terminal.ts";
import { cliErrors } from "./errors.ts";
import { sayEdited } from "./edited.ts";
import { jsonOption, stackOption, yesOption } from "./options.ts";
import { up } from "./up.ts";

/** `tenantry resume TENANT...`: suspended tenants are as they were before. Edits files only. */
export function command(): Command {
  return new Command("resume")
    .description(
      "Resume suspended tenants with the same keys, tokens and data. A machine that was stopped stays stopped until a " +
        "request starts it. The command edits the tenant files and applies nothing without --apply.",
    )
    .argument("<tenants...>", "the tenants to resume")
    .addOption(new Option("-a, --apply", "apply it now: show the plan and ask at a terminal, as `up` does"))
    .addOption(yesOption("do not ask; for --apply"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(resume);
}

interface ResumeOptions {
  readonly stack: string;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

async function resume(ids: readonly string[], options: ResumeOptions): Promise<void> {
  const context = openStack(options.stack);
  const tenants = [...new Set(ids)].map((id) => declaredTenant(context, id));
  for (const { id, state } of tenants)
    if (state !== "suspended") throw new TenantryError(cliErrors.NOT_SUSPENDED, `${id} is ${state}`, { tenant: id });
  await refuseHalfSwitched(
    context,
    tenants.map(({ id }) => id),
  );
  for (const { id } of tenants) editTenantFile(context, id, resumedText);
  sayEdited(
    context,
    tenants.map(({ id }) => ({ tenant: id, words: "active", document: { state: "active" } })),
    options,
  );
  const active = tenants.map((tenant) => ({ ...tenant, state: "active" as const }));
  for (const { id, expires = "" } of expiredTenants(active, clockFrom(process.env)()))
    note(`${id}: its \`expires: ${expires}\` has passed; set a later day, or \`suspend --expired\` suspends it again`);
  if (options.apply === true)
    await up(
      tenants.map(({ id }) => id),
      { ...options, refresh: true },
    );
}
