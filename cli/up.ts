import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { readDescriptor } from "../stack/accounts.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { deploy as runDeployment, isWell } from "../operations/engine/deploy.ts";
import type { TenantOutcome } from "../operations/engine/deployment-events.ts";
import { machineUrn } from "../resource-kinds/urn.ts";
import type { Plan } from "../operations/review/plan-document.ts";
import { engineErrors } from "../operations/engine/errors.ts";
import { EXIT } from "../output/exit-codes.ts";
import { recorded } from "../operations/history/recorded.ts";
import { jsonOption, stackOption, tenantsArgument, yesOption } from "./options.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { during } from "../output/progress.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { asText } from "../operations/review/as-text.ts";
import { report } from "./up-report.ts";
import { pulumiOutput } from "../operations/engine/pulumi.ts";
import { unprotectGroups } from "../operations/engine/protected-groups.ts";
import { storedResources, type StoredResource } from "../operations/engine/stack-state.ts";
import { planOf } from "../operations/review/planned-stack.ts";
import { refuseInapplicable } from "../operations/review/refusal.ts";
import { SHARED } from "../operations/engine/steps.ts";
import { kindOf } from "../resource-kinds/kinds.ts";
import { isLeftToApply, readReviewedPlan } from "../operations/review/reviewed-plan.ts";
import { refuseBrokenPolicies } from "../operations/review/policy-check.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { prepareHome } from "../tools/prepare-home.ts";

/** `tenantry up`: brings the stack to what its tenant files say. */
export function command(): Command {
  return new Command("up")
    .description(
      "Bring the stack to what its tenant files say. On a terminal it shows the plan and asks first; elsewhere, with --yes, " +
        "--json or --plan it does not ask. One tenant's failure does not stop the others. With tenants named, only what is " +
        "theirs is changed, and the database groups they need; files that are invalid or gone stop it all the same.",
    )
    .addArgument(tenantsArgument("only these; default: all of the stack"))
    .addOption(stackOption())
    .addOption(yesOption("do not ask; for scripts and CI"))
    .addOption(new Option("-v, --verbose", "a line for every resource that was changed, as it happens"))
    .addOption(jsonOption())
    .addOption(new Option("--plan <file>", "apply this plan of `plan --out`, and only while nothing has moved since"))
    .addOption(new Option("--no-refresh", "do not ask the vendors first what was changed outside tenantry"))
    .addOption(new Option("--checkpoints", "write the state after every step, not once at the end"))
    .addOption(
      new Option(
        "--parallel <count>",
        "how many resources at a time; default: 64, on the embedded cloud four per core",
      ),
    )
    .action(up);
}

export interface UpOptions {
  readonly stack: string;
  readonly yes?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly plan?: string;
  readonly refresh: boolean;
  readonly checkpoints?: boolean;
  readonly parallel?: string;
}

/**
 * Applies what the files say of these tenants; of all when none is named. Throws STACK_LOCKED, PLAN_MOVED, PULUMI_FAILED and
 * whatever makes a plan one not to apply (`refusalOf`); a tenant that failed shows in what is printed and in the exit code.
 */
export async function up(ids: readonly string[], options: UpOptions, verb?: Command): Promise<void> {
  if (ids.length > 0 && options.plan !== undefined)
    verb?.error("up: a reviewed plan is about the whole stack; leave out the tenants");
  const context = openStack(options.stack);
  const reviewed = options.plan === undefined ? undefined : readReviewedPlan(context, options.plan);
  const hold = await holdStack(context);
  try {
    const only = ids.length === 0 ? [] : chosenTenants(context, ids).map(({ id }) => id);
    const made = await during(`plan of ${context.stack}`, () => prepared(context, { ...options, only, reviewed }));
    if (made === "nothing left") {
      note(`nothing is left to apply on ${context.stack}: everything is as it is declared`);
      if (options.json === true) printJson([]);
      return;
    }
    if (isAsked(options) && made.plan !== undefined && !(await isAgreed(made.plan))) return;
    if (only.length === 0) await unprotectGroups(context, made.stored);
    const refresh = reviewed?.refreshed ?? options.refresh;
    const outcomes = await recorded(context, reviewed?.hash, () =>
      deploy(context, { ...options, refresh, only }, made.plan),
    );
    if (options.json === true) printJson(outcomes);
    else report(context, only.length === 0 ? outcomes : outcomes.filter(isMeant(only)));
  } finally {
    hold.release();
  }
}

/** Of the others nothing was to be done; an error of theirs is told all the same. */
function isMeant(only: readonly string[]): (outcome: TenantOutcome) => boolean {
  return ({ tenant, errors }) => only.includes(tenant) || tenant === SHARED || errors.length > 0;
}

interface Prepared {
  readonly stored: readonly StoredResource[];
  readonly plan: Plan | undefined;
}

/** What is to be done, once nothing speaks against it. */
async function prepared(
  context: StackContext,
  options: UpOptions & { readonly only: readonly string[]; readonly reviewed: Plan | undefined },
): Promise<Prepared | "nothing left"> {
  const stored = await findStack(context);
  refuseBrokenPolicies(context);
  const { reviewed } = options;
  if (reviewed === undefined) return { stored, plan: await planToApply(context, options, stored) };
  return (await isLeftToApply(context, reviewed)) ? { stored, plan: reviewed } : "nothing left";
}

/** Somebody is there, and has not seen the plan yet. */
function isAsked({ yes, json, plan }: UpOptions): boolean {
  const isHere = process.stdin.isTTY && process.stdout.isTTY && (process.env["CI"] ?? "") === "";
  return isHere && yes !== true && json !== true && plan === undefined;
}

/** Where nothing is to be changed there is nothing to ask: the run only brings the state up to date. */
async function isAgreed(plan: Plan): Promise<boolean> {
  printLine(asText(plan));
  if (plan.changed.length === 0) return true;
  printLine();
  if (await conversation((ask) => agrees(ask, "apply this?"))) return true;
  note("nothing was applied");
  process.exitCode = EXIT.error;
  return false;
}

/** What the stack has. That of an embedded cloud is made on first use; a real one is made on purpose (docs/going-live.md). */
async function findStack(context: StackContext): Promise<readonly StoredResource[]> {
  const isEmbedded = context.settings.cloud === "embedded";
  if (isEmbedded) {
    readDescriptor(context.home);
    // A home that TENANTRY_HOME names may be new.
    prepareHome(context.home);
  }
  try {
    return await storedResources(context, { secrets: false });
  } catch (error) {
    if (!isEmbedded || !TenantryError.is(error, engineErrors.STACK_NOT_MADE)) throw error;
    await pulumiOutput(context, ["stack", "select", "--create"]);
    return [];
  }
}

/** Throws what `refusalOf` finds. Where nothing exists at any vendor nothing can be lost, and a plan is made only for people. */
async function planToApply(
  context: StackContext,
  options: UpOptions & { readonly only: readonly string[] },
  stored: readonly StoredResource[],
): Promise<Plan | undefined> {
  if (!isAsked(options) && !stored.some(({ type }) => kindOf(type) !== undefined)) return undefined;
  const plan = await planOf(context, { refresh: options.refresh, stored, only: options.only });
  refuseInapplicable(plan);
  return plan;
}

async function deploy(
  context: StackContext,
  { refresh, checkpoints, parallel, verbose, only }: UpOptions & { readonly only: readonly string[] },
  plan: Plan | undefined,
): Promise<TenantOutcome[]> {
  const args = ["up"];
  if (refresh) args.push("--refresh");
  const expected = expectedChanges(context, plan, only);
  let changes = 0;
  const outcomes = await during(`up of ${context.stack}`, (tell) =>
    runDeployment(context, {
      args,
      only,
      expected,
      parallel,
      checkpoints,
      onChange: (tenant, what) => {
        changes += 1;
        const words = forPeople(what);
        tell(`${changes} changes, now ${tenant}: ${words}`);
        if (verbose === true) note(`${tenant}: ${words}`);
      },
    }),
  );
  if (!isWell(outcomes)) process.exitCode = EXIT.error;
  return outcomes;
}

/** `create tenantry:fly:Machine` -> `machine create`, as a plan says it. */
function forPeople(what: string): string {
  const [action = "", type = ""] = what.split(" ");
  return `${kindOf(type)?.word ?? type} ${action}`;
}

/** What the plan names; without one nothing exists yet, and a tenant is made when its machine is. */
function expectedChanges(context: StackContext, plan: Plan | undefined, only: readonly string[]): string[] {
  if (plan !== undefined) return plan.changed.flatMap(({ changes }) => changes.map(({ urn }) => urn));
  const living = declaredFleet(context).tenants.filter(({ state }) => state !== "purged");
  const meant = only.length === 0 ? living : living.filter(({ id }) => only.includes(id));
  return meant.map(({ id }) => machineUrn(context.stack, id));
}
