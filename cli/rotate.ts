import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withEpoch } from "../tenants/edits/epoch-text.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { cliErrors } from "./errors.ts";
import { jsonOption, stackOption } from "./options.ts";
import { asText } from "../operations/review/as-text.ts";
import { besidesRotations } from "../operations/review/rotations.ts";
import { planOf } from "../operations/review/planned-stack.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { up } from "./up.ts";

/** `tenantry rotate`: new credentials, at once for single tenants in an incident, or for all whose time has come. */
export function command(): Command {
  return new Command("rotate")
    .description(
      "In an incident: raise the tenants' epoch, so that the next `up` revokes all their keys and tokens and mints new ones. " +
        "With --due: replace the credentials of the stack that are older than their tenants' files allow, and nothing else.",
    )
    .argument("[tenants...]", "whose epoch is raised; edits their files, changes nothing else")
    .addOption(
      new Option("--due", "apply the rotations that are due by age; refused when the plan holds anything else"),
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(rotate);
}

interface RotateOptions {
  readonly stack: string;
  readonly due?: boolean;
  readonly json?: boolean;
}

async function rotate(tenants: readonly string[], options: RotateOptions, command: Command): Promise<void> {
  if ((options.due === true) === tenants.length > 0) command.error("rotate: name the tenants, or say --due");
  const context = openStack(options.stack);
  if (options.due === true) await rotateDue(context, options);
  else raiseEpochs(context, tenants, options);
}

function raiseEpochs(context: StackContext, ids: readonly string[], { json }: RotateOptions): void {
  const raised = ids.map((id) => ({ tenant: id, epoch: declaredTenant(context, id).rotation.epoch + 1 }));
  for (const { tenant, epoch } of raised) editTenantFile(context, tenant, (text) => withEpoch(text, epoch));
  if (json === true) printJson(raised);
  else for (const { tenant, epoch } of raised) printLine(`${tenant}: epoch ${epoch}`);
  note(
    `the next \`npx tenantry up --stack ${context.stack}\` revokes every key and token of these tenants and mints new ones, ` +
      "with a short downtime; commit the change, so that it stays",
  );
}

/** Throws ROTATION_BLOCKED when something else than rotations is to be done. */
async function rotateDue(context: StackContext, { stack, json }: RotateOptions): Promise<void> {
  const found = await planOf(context, { refresh: true });
  const others = besidesRotations(found);
  if (others.length > 0 || found.errors.length > 0) {
    printLine(asText(found));
    const what = others.map(({ tenant, change }) => `${tenant}: ${change.kind} ${change.action}`);
    const errors = found.errors.map(({ tenant }) => `${tenant}: error`);
    throw new TenantryError(cliErrors.ROTATION_BLOCKED, [...what, ...errors].join("; "));
  }
  if (found.changed.length > 0) await up({ stack, refresh: true, ...(json === undefined ? {} : { json }) });
  else if (json === true) printJson([]);
  else printLine(`nothing is due in ${stack}`);
}
