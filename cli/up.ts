import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { usesAws } from "../components/resources/aws.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { readDescriptor } from "../stack/accounts.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { DeploymentEvents, type TenantOutcome } from "../operations/engine/deployment-events.ts";
import { engineErrors } from "../operations/engine/errors.ts";
import { EXIT } from "../output/exit-codes.ts";
import { recorded } from "../operations/history/recorded.ts";
import { jsonOption, stackOption } from "./options.ts";
import { pulumiFailure, pulumiOutput, runPulumi } from "../operations/engine/pulumi.ts";
import { refuseRemovedTenants } from "../operations/engine/removed-tenants.ts";
import { isLeftToApply, readReviewedPlan } from "../operations/review/reviewed-plan.ts";
import { SHARED } from "../operations/engine/steps.ts";
import { refuseBrokenPolicies } from "../operations/review/policy-check.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { holdStack, refuseLockedStack, refuseStackLockedElsewhere } from "../operations/engine/stack-lock.ts";
import { note, paint, printJson, printLine, table } from "../output/terminal.ts";

/** `tenantry up`: brings the stack to what its tenant files say. */
export function command(): Command {
  return new Command("up")
    .description("Bring the stack to what its tenant files say. One tenant's failure does not stop the others.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--plan <file>", "apply this plan of `plan --out`, and only while nothing has moved since"))
    .addOption(new Option("--no-refresh", "do not ask the vendors first what was changed behind our back"))
    .addOption(new Option("--checkpoints", "write the state after every step, not once at the end"))
    .addOption(new Option("--parallel <count>", "how many resources at a time"))
    .action(up);
}

interface UpOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly plan?: string;
  readonly refresh: boolean;
  readonly checkpoints?: boolean;
  readonly parallel?: string;
}

/** Throws STACK_LOCKED, TENANT_FILE_REMOVED, POLICY_BROKEN, PLAN_MOVED, PULUMI_FAILED; a tenant that failed shows in what is printed and in the exit code. */
export async function up(options: UpOptions): Promise<void> {
  const context = openStack(options.stack);
  const reviewed = options.plan === undefined ? undefined : readReviewedPlan(context, options.plan);
  const hold = await holdStack(context);
  try {
    await findStack(context);
    refuseBrokenPolicies(context);
    if (reviewed !== undefined && !(await isLeftToApply(context, reviewed))) {
      note(`nothing is left to apply on ${context.stack}: everything stands as it is declared`);
      if (options.json === true) printJson([]);
      return;
    }
    const outcomes = await recorded(context, reviewed?.hash, () =>
      deploy(context, { ...options, refresh: reviewed?.refreshed ?? options.refresh }),
    );
    if (options.json === true) printJson(outcomes);
    else report(context, outcomes);
  } finally {
    hold.release();
  }
}

/** Throws TENANT_FILE_REMOVED. The stack of an embedded cloud is made on first use; a real one is made on purpose (docs/going-live.md). */
async function findStack(context: StackContext): Promise<void> {
  const isEmbedded = context.settings.cloud === "embedded";
  if (isEmbedded) {
    readDescriptor(context.home);
    mkdirSync(join(context.home, "state"), { recursive: true, mode: 0o700 });
  }
  try {
    await refuseRemovedTenants(context);
  } catch (error) {
    if (!isEmbedded || !TenantryError.is(error, engineErrors.STACK_NOT_MADE)) throw error;
    await pulumiOutput(context, ["stack", "select", "--create"]);
  }
}

async function deploy(context: StackContext, options: UpOptions): Promise<TenantOutcome[]> {
  let changes = 0;
  const events = new DeploymentEvents((tenant, what) => {
    changes += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${changes} changes, now ${tenant}: ${what}`);
  });
  const args = ["up", "--yes", "--skip-preview", "--json", "--continue-on-error", "--suppress-outputs"];
  if (options.refresh) args.push("--refresh");
  if (options.parallel !== undefined) args.push("--parallel", options.parallel);
  // Every create can be repeated, so the state need not be written after each step: that is four fifths of the time.
  // Those of AWS can't: what an interrupted run leaves there has to stand in the state.
  const isWritten = options.checkpoints === true || declaredFleet(context).tenants.some(usesAws);
  const skipping: Record<string, string> = isWritten ? {} : { PULUMI_SKIP_CHECKPOINTS: "true" };
  const finished = await runPulumi(context, args, {
    env: skipping,
    onLine: (line) => {
      events.take(line);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const outcomes = events.outcomes();
  if (finished.code === 0) return outcomes;
  process.exitCode = EXIT.error;
  if (outcomes.some(({ errors }) => errors.length > 0)) return outcomes;
  refuseLockedStack(context);
  refuseStackLockedElsewhere(context, finished.stderr);
  throw pulumiFailure(context, args, finished);
}

function report(context: StackContext, outcomes: readonly TenantOutcome[]): void {
  const failed = outcomes.filter(({ errors }) => errors.length > 0);
  const rows = outcomes
    .filter(({ tenant }) => tenant !== SHARED)
    .map(({ tenant, done, errors }) => [
      tenant,
      doneLine(done),
      errors.length > 0 ? paint("red", "failed") : paint("green", "ok"),
    ]);
  printLine(table(["tenant", "done", ""], rows));
  for (const { tenant, warnings } of outcomes) for (const warning of warnings) note(`${tenant}: ${warning}`);
  for (const { tenant, errors } of failed) {
    printLine();
    printLine(paint("red", `${tenant}:`));
    for (const error of errors) printLine(error);
  }
  const tenants = failed.map(({ tenant }) => tenant).filter((tenant) => tenant !== SHARED);
  if (failed.length > 0) {
    const whom = tenants.length > 0 ? `failed: ${tenants.join(", ")}; the others stand. ` : "";
    printLine(
      `\n${whom}Mend the cause and run \`npx tenantry up --stack ${context.stack}\` again: it goes on where it stopped.`,
    );
  }
}

function doneLine(done: TenantOutcome["done"]): string {
  const words = { create: "created", update: "updated", replace: "replaced", rotate: "rotated", delete: "deleted" };
  const parts = Object.entries(done).filter(([, count]) => count > 0);
  return parts.length === 0
    ? "unchanged"
    : parts.map(([action, count]) => `${count} ${words[action as keyof typeof words]}`).join(", ");
}
