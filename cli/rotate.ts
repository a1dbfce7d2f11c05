import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { withSettings } from "../tenants/edits/setting-text.ts";
import { editTenantFile } from "../tenants/edits/edit-tenant-file.ts";
import { notApplied, sayEdited } from "./edited.ts";
import { cliErrors } from "./errors.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { jsonOption, stackOption, yesOption } from "./options.ts";
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
      "Replace keys and tokens. With tenants named, it raises the epoch in their files, which revokes and replaces all their " +
        "credentials. With --due it replaces credentials older than the files allow. It applies nothing without --apply.",
    )
    .argument("[tenants...]", "replace all credentials of these tenants, as after a leak")
    .addOption(new Option("--due", "replace credentials due by age; refused when the plan contains anything else"))
    .addOption(new Option("-a, --apply", "apply it now: show the plan and ask at a terminal, as `up` does"))
    .addOption(yesOption("do not ask; for --apply"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(rotate);
}

interface RotateOptions {
  readonly stack: string;
  readonly due?: boolean;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

async function rotate(tenants: readonly string[], options: RotateOptions, command: Command): Promise<void> {
  if ((options.due === true) === tenants.length > 0) command.error("rotate: name the tenants, or say --due");
  const context = openStack(options.stack);
  if (options.due === true) {
    await rotateDue(context, options);
    return;
  }
  raiseEpochs(context, tenants, options);
  if (options.apply === true) await up(tenants, { ...options, refresh: true });
}

function raiseEpochs(context: StackContext, ids: readonly string[], options: RotateOptions): void {
  const raised = [...new Set(ids)].map((id) => ({ tenant: id, epoch: declaredTenant(context, id).rotation.epoch + 1 }));
  for (const { tenant, epoch } of raised)
    editTenantFile(context, tenant, (text) => withSettings(text, [{ path: ["rotation", "epoch"], value: epoch }]));
  sayEdited(
    context,
    raised.map(({ tenant, epoch }) => ({ tenant, words: `epoch ${epoch}`, document: { epoch } })),
    options,
  );
  note("a key that is revoked stops working at once; commit the files, so that the epoch stays");
}

/** Throws ROTATION_BLOCKED when something else than rotations is to be done. */
async function rotateDue(context: StackContext, options: RotateOptions): Promise<void> {
  const { stack, json, apply } = options;
  const found = await during(`what is due in ${stack}`, () => planOf(context, { refresh: true }));
  const others = besidesRotations(found);
  if (others.length > 0 || found.errors.length > 0) {
    printLine(asText(found));
    const what = others.map(({ tenant, change }) => `${tenant}: ${change.kind} ${change.action}`);
    const errors = found.errors.map(({ tenant }) => `${tenant}: error`);
    throw new TenantryError(cliErrors.ROTATION_BLOCKED, [...what, ...errors].join("; "));
  }
  if (apply === true && found.changed.length > 0) {
    await up([], { ...options, refresh: true });
    return;
  }
  if (json === true) printJson(apply === true ? [] : found);
  else if (found.changed.length === 0) printLine(`nothing is due in ${stack}`);
  else printLine(asText(found));
  if (found.changed.length === 0) return;
  process.exitCode = EXIT.changes;
  notApplied(`npx tenantry rotate --due --apply --stack ${stack}`);
}
