import { Command } from "commander";

import { declaredFleet } from "../stack/declared-fleet.ts";
import { jsonOption, stackOption } from "./options.ts";
import { hasRollouts } from "../rollouts/folder.ts";
import { openStack } from "../stack/context.ts";
import { printJson, printLine } from "../output/terminal.ts";
import { counted } from "../output/counted.ts";

/** `tenantry validate`: checks all tenant files of a stack. Calls nothing. */
export function command(): Command {
  return new Command("validate")
    .description(
      "Check the stack's settings, all its tenant files and the rollouts, and list every error. Calls no vendor.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(validate);
}

async function validate({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const context = openStack(stack);
  if (hasRollouts(context.projectDir, stack)) {
    const [{ allRollouts }, { recordsOf }] = await Promise.all([
      import("../rollouts/store.ts"),
      import("../rollouts/records.ts"),
    ]);
    allRollouts(context.projectDir);
    recordsOf(context.projectDir, stack);
  }
  const ids = declaredFleet(context).tenants.map(({ id }) => id);
  if (json === true) printJson({ stack, tenants: ids });
  else printLine(`${stack}: ${counted(ids.length, "tenant file is", "tenant files are")} valid`);
}
