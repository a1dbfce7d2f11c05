import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { readDescriptor } from "../stack/accounts.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { deploy as runDeployment, isWell } from "../operations/engine/deploy.ts";
import type { Result, TenantOutcome } from "../operations/engine/deployment-events.ts";
import { machineUrn } from "../resource-kinds/urn.ts";
import type { Plan } from "../operations/review/plan-document.ts";
import { engineErrors } from "../operations/engine/errors.ts";
import { EXIT } from "../output/exit-codes.ts";
import { recorded } from "../operations/history/recorded.ts";
import { jsonOption, stackOption } from "./options.ts";
import { pulumiOutput } from "../operations/engine/pulumi.ts";
import { unprotectGroups } from "../operations/engine/protected-groups.ts";
import { storedResources, type StoredResource } from "../operations/engine/stack-state.ts";
import { planOf } from "../operations/review/planned-stack.ts";
import { refuseInapplicable } from "../operations/review/refusal.ts";
import { kindOf } from "../resource-kinds/kinds.ts";
import { isLeftToApply, readReviewedPlan } from "../operations/review/reviewed-plan.ts";
import { SHARED } from "../operations/engine/steps.ts";
import { refuseBrokenPolicies } from "../operations/review/policy-check.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
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

/** Throws STACK_LOCKED, PLAN_MOVED, PULUMI_FAILED and whatever makes a plan one not to apply (`refusalOf`); a tenant that failed shows in what is printed and in the exit code. */
export async function up(options: UpOptions): Promise<void> {
  const context = openStack(options.stack);
  const reviewed = options.plan === undefined ? undefined : readReviewedPlan(context, options.plan);
  const hold = await holdStack(context);
  try {
    const stored = await findStack(context);
    refuseBrokenPolicies(context);
    const plan = reviewed ?? (await planToApply(context, options, stored));
    if (reviewed !== undefined && !(await isLeftToApply(context, reviewed))) {
      note(`nothing is left to apply on ${context.stack}: everything stands as it is declared`);
      if (options.json === true) printJson([]);
      return;
    }
    await unprotectGroups(context, stored);
    const outcomes = await recorded(context, reviewed?.hash, () =>
      deploy(context, { ...options, refresh: reviewed?.refreshed ?? options.refresh }, plan),
    );
    if (options.json === true) printJson(outcomes);
    else report(context, outcomes);
  } finally {
    hold.release();
  }
}

/** What the stack has. That of an embedded cloud is made on first use; a real one is made on purpose (docs/going-live.md). */
async function findStack(context: StackContext): Promise<readonly StoredResource[]> {
  const isEmbedded = context.settings.cloud === "embedded";
  if (isEmbedded) {
    readDescriptor(context.home);
    mkdirSync(join(context.home, "state"), { recursive: true, mode: 0o700 });
  }
  try {
    return await storedResources(context, { secrets: false });
  } catch (error) {
    if (!isEmbedded || !TenantryError.is(error, engineErrors.STACK_NOT_MADE)) throw error;
    await pulumiOutput(context, ["stack", "select", "--create"]);
    return [];
  }
}

/** Throws what `refusalOf` finds. Where nothing exists at any vendor nothing can be lost, and no plan is made. */
async function planToApply(
  context: StackContext,
  { refresh }: Pick<UpOptions, "refresh">,
  stored: readonly StoredResource[],
): Promise<Plan | undefined> {
  if (!stored.some(({ type }) => kindOf(type) !== undefined)) return undefined;
  const plan = await planOf(context, { refresh, stored });
  refuseInapplicable(plan);
  return plan;
}

async function deploy(
  context: StackContext,
  { refresh, checkpoints, parallel }: UpOptions,
  plan: Plan | undefined,
): Promise<TenantOutcome[]> {
  let changes = 0;
  const args = ["up"];
  if (refresh) args.push("--refresh");
  if (parallel !== undefined) args.push("--parallel", parallel);
  const outcomes = await runDeployment(context, {
    args,
    expected: expectedChanges(context, plan),
    checkpoints,
    onChange: (tenant, what) => {
      changes += 1;
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${changes} changes, now ${tenant}: ${what}`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  if (!isWell(outcomes)) process.exitCode = EXIT.error;
  return outcomes;
}

/** What the plan names; without one nothing exists yet, and a tenant is made when its machine is. */
function expectedChanges(context: StackContext, plan: Plan | undefined): string[] {
  if (plan !== undefined) return plan.changed.flatMap(({ changes }) => changes.map(({ urn }) => urn));
  const living = declaredFleet(context).tenants.filter(({ state }) => state !== "purged");
  return living.map(({ id }) => machineUrn(context.stack, id));
}

function report(context: StackContext, outcomes: readonly TenantOutcome[]): void {
  const failed = outcomes.filter(({ errors }) => errors.length > 0);
  const rows = outcomes
    .filter(({ tenant }) => tenant !== SHARED)
    .map((outcome) => [outcome.tenant, doneLine(outcome), paint(COLOUR[outcome.result], outcome.result)]);
  printLine(table(["tenant", "done", ""], rows));
  for (const { tenant, warnings } of outcomes) for (const warning of warnings) note(`${tenant}: ${warning}`);
  for (const { tenant, errors } of failed) {
    printLine();
    printLine(paint("red", `${tenant}:`));
    for (const error of errors) printLine(error);
  }
  if (isWell(outcomes)) return;
  const of = (result: Result) =>
    outcomes.flatMap((outcome) => (outcome.result === result && outcome.tenant !== SHARED ? [outcome.tenant] : []));
  const named = (["failed", "interrupted", "untouched"] as const).flatMap((result) =>
    of(result).length === 0 ? [] : [`${result}: ${of(result).join(", ")}`],
  );
  const whom = named.length === 0 ? "" : `${named.join("; ")}; the others are as declared. `;
  const again = `run \`npx tenantry up --stack ${context.stack}\` again: it goes on where it stopped.`;
  printLine(`\n${whom}${failed.length > 0 ? `Fix the cause and ${again}` : again.replace(/^r/, "R")}`);
}

const COLOUR: Readonly<Record<Result, "green" | "red" | "yellow">> = {
  ok: "green",
  failed: "red",
  interrupted: "red",
  untouched: "yellow",
};

function doneLine({ done, open, result }: TenantOutcome): string {
  const words = { create: "created", update: "updated", replace: "replaced", rotate: "rotated", delete: "deleted" };
  const parts = Object.entries(done).filter(([, count]) => count > 0);
  const told = [
    ...parts.map(([action, count]) => `${count} ${words[action as keyof typeof words]}`),
    ...open.map((what) => `${what} under way`),
  ];
  if (told.length > 0) return told.join(", ");
  return result === "ok" ? "unchanged" : "nothing";
}
