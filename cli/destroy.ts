import { Command } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { deploy, isWell } from "../operations/engine/deploy.ts";
import type { TenantOutcome } from "../operations/engine/deployment-events.ts";
import { cloudFindings } from "../operations/engine/embedded-cloud.ts";
import { tenantsIn } from "../operations/engine/removed-tenants.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import { resourcesIfMade, type StoredResource } from "../operations/engine/stack-state.ts";
import { recorded } from "../operations/history/recorded.ts";
import { deleteHolders, machinesIn } from "../operations/teardown/emptied-cloud.ts";
import { sumOfOutcomes } from "../operations/teardown/outcomes.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { type Deletion, isAgreed } from "./consent.ts";
import { cliErrors } from "./errors.ts";
import { jsonOption, stackOption, yesOption } from "./options.ts";
import { errorBlocks } from "./up-report.ts";
import { counted } from "../output/counted.ts";

/** `tenantry destroy`: takes a stack of the embedded cloud down, with all its data. */
export function command(): Command {
  return new Command("destroy")
    .description(
      "Delete all resources of a stack on the embedded cloud: machines, keys, buckets with their files, databases with their " +
        "rows. The tenant files stay, and `up` creates everything again, empty. It asks first; without a terminal it needs " +
        "--yes. It refuses a stack with real accounts. Safe to run again.",
    )
    .addOption(stackOption())
    .addOption(yesOption("do not ask; for scripts and CI"))
    .addOption(jsonOption())
    .action(destroy);
}

interface DestroyOptions {
  readonly stack: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

async function destroy(options: DestroyOptions): Promise<void> {
  const context = openStack(options.stack);
  if (context.settings.cloud !== "embedded")
    throw new TenantryError(cliErrors.DESTROY_REAL_STACK, `${context.stack} has real accounts`);
  await cloudFindings(context, new Date());
  const hold = await holdStack(context);
  try {
    const stored = await resourcesIfMade(context);
    if (stored.length === 0) {
      note(`nothing of ${context.stack} exists`);
      if (options.json === true) printJson([]);
      return;
    }
    if (!(await isAgreed(deletionOf(context, stored), options))) return;
    const outcomes = await recorded(context, undefined, () =>
      during(`destroy of ${context.stack}`, () => takenDown(context, stored)),
    );
    if (!isWell(outcomes)) process.exitCode = EXIT.error;
    if (options.json === true) printJson(outcomes);
    else print(context, outcomes);
  } finally {
    hold.release();
  }
}

function deletionOf({ stack }: StackContext, stored: readonly StoredResource[]): Deletion {
  const tenants = [...tenantsIn(stored).keys()].sort();
  const what = `This deletes all of ${stack}: ${counted(tenants.length, "tenant")}, with all files and rows.`;
  return { of: stack, lines: [what, ...tenants.map((tenant) => `  ${tenant}`)], question: "delete all of this?" };
}

/** Machines first, so that nothing is written any more; then the data, which the provider would refuse to delete; then the rest. */
async function takenDown(context: StackContext, stored: readonly StoredResource[]): Promise<TenantOutcome[]> {
  const machines = machinesIn(stored);
  const targets = machines.flatMap((urn) => ["--target", urn]);
  const first =
    machines.length === 0
      ? []
      : (await deploy(context, { args: ["destroy", ...targets], expected: machines })).outcomes;
  if (!isWell(first)) return first;
  await deleteHolders(context, stored);
  const rest = stored.flatMap(({ urn, type }) => (type.startsWith("pulumi:") || machines.includes(urn) ? [] : [urn]));
  const { outcomes } = await deploy(context, { args: ["destroy", "--ignore-protect"], expected: rest });
  return sumOfOutcomes(first, outcomes);
}

function print({ stack }: StackContext, outcomes: readonly TenantOutcome[]): void {
  for (const block of errorBlocks(outcomes)) printLine(`${block}\n`);
  const count = outcomes.reduce((sum, { done }) => sum + done.delete, 0);
  const again = `\`npx tenantry up --stack ${stack}\` creates it again from its tenant files`;
  printLine(
    isWell(outcomes)
      ? `${stack} is gone: ${counted(count, "resource")} deleted; ${again}`
      : `${counted(count, "resource")} deleted, not all; run \`npx tenantry destroy --stack ${stack}\` again to continue.`,
  );
}
