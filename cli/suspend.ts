import { Command, Option } from "commander";

import { clockFrom } from "../provider/clock.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { withState } from "../tenants/edits/state-text.ts";
import type { Tenant } from "../tenants/model/tenant.ts";
import { expiredTenants } from "../operations/engine/coming-due.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { soundFleet } from "../operations/engine/sound-fleet.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { cliErrors } from "./errors.ts";
import { type Edited, sayEdited } from "./edited.ts";
import { jsonOption, reasonOption, stackOption, tenantsArgument, yesOption } from "./options.ts";
import { up } from "./up.ts";

/** `tenantry suspend TENANT...`: the machine down, the database blocked, the keys off; all data stays. Edits files only. */
export function command(): Command {
  return new Command("suspend")
    .description(
      "Suspend tenants: stop the machine, block the database, and remove the access of all keys. All data stays. The command " +
        "edits the tenant files and applies nothing without --apply. `resume` reverses it.",
    )
    .addArgument(tenantsArgument("the tenants to suspend"))
    .addOption(reasonOption("why, on one line, written into the files"))
    .addOption(new Option("--expired", "all tenants whose `expires` date is reached"))
    .addOption(new Option("-a, --apply", "apply it now: show the plan and ask at a terminal, as `up` does"))
    .addOption(yesOption("do not ask; for --apply"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(suspend);
}

interface SuspendOptions {
  readonly stack: string;
  readonly reason?: string;
  readonly expired?: boolean;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

async function suspend(ids: readonly string[], options: SuspendOptions, verb: Command): Promise<void> {
  if ((options.expired === true) === ids.length > 0) verb.error("suspend: name the tenants, or say --expired");
  const context = openStack(options.stack);
  const tenants = options.expired === true ? expired(context) : suspendable(context, ids);
  const edited = tenants.map((tenant) =>
    suspendFile(context, tenant, options.reason ?? (options.expired === true ? ended(tenant) : undefined)),
  );
  sayEdited(context, edited, options);
  if (edited.length > 0) note("all data stays; commit the files, so that the tenants stay suspended");
  else if (options.json !== true) printLine(`no trial has ended in ${options.stack}`);
  if (options.apply !== true) return;
  if (edited.length > 0)
    await up(
      edited.map(({ tenant }) => tenant),
      { ...options, refresh: true },
    );
  else if (options.json === true) printJson([]);
}

function expired(context: StackContext): readonly Tenant[] {
  return expiredTenants(soundFleet(context).tenants, clockFrom(process.env)());
}

/** Throws NO_SUCH_TENANT, NOT_SUSPENDABLE, before any file is edited. */
function suspendable(context: StackContext, ids: readonly string[]): readonly Tenant[] {
  const tenants = chosenTenants(context, ids);
  for (const { id, state } of tenants)
    if (state !== "active" && state !== "suspended")
      throw new TenantryError(cliErrors.NOT_SUSPENDABLE, `${id} is ${state}`, { tenant: id });
  return tenants;
}

function ended({ expires = "" }: Tenant): string {
  return `its trial ended on ${expires}`;
}

function suspendFile(context: StackContext, { id }: Tenant, reason: string | undefined): Edited {
  const isEdited = editTenantFile(context, id, (text) => withState(text, "suspended", reason));
  const words = reason === undefined ? "suspended" : `suspended: ${reason}`;
  return { tenant: id, isEdited, words, document: { state: "suspended", ...(reason === undefined ? {} : { reason }) } };
}
