import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { readDescriptor } from "../stack/accounts.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { deploy as runDeployment, type Deployed, isWell } from "../operations/engine/deploy.ts";
import type { TenantOutcome } from "../operations/engine/deployment-events.ts";
import { machineUrn } from "../resource-kinds/urn.ts";
import type { PlanDocument } from "../operations/review/plan-document.ts";
import { engineErrors } from "../operations/engine/errors.ts";
import { EXIT } from "../output/exit-codes.ts";
import { recorded } from "../operations/history/recorded.ts";
import { jsonOption, stackOption, tenantsArgument, yesOption } from "./options.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { during } from "../output/progress.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { asText } from "../operations/review/as-text.ts";
import { report } from "./up-report.ts";
import { makeStack } from "../operations/engine/made-stack.ts";
import { unprotectGroups } from "../operations/engine/protected-groups.ts";
import { type StackState, stackState } from "../operations/engine/stack-state.ts";
import type { Look } from "../operations/review/planned-stack.ts";
import { planToApply, type ToApply } from "../operations/review/plan-to-apply.ts";
import { settling } from "../operations/changed/settling.ts";
import { SHARED } from "../operations/engine/steps.ts";
import { tenantsIn } from "../operations/engine/removed-tenants.ts";
import { isClean } from "../operations/offboarding/certificate.ts";
import { certified, recordPurging, recordTried, refusePurgedIds } from "../operations/offboarding/certified.ts";
import { offboardingErrors } from "../operations/offboarding/errors.ts";
import { fateOf, type Purging, purgingTenants } from "../operations/offboarding/purging.ts";
import { kindOf } from "../resource-kinds/kinds.ts";
import { leftToApply, readReviewedPlan } from "../operations/review/reviewed-plan.ts";
import { refuseHalfSwitched } from "../operations/snapshots/half-switched.ts";
import { recordedIn } from "../operations/engine/recorded-tenants.ts";
import { refuseBrokenPolicies } from "../operations/review/policy-check.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { rehearseSchemas } from "./schema-rehearsal.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { prepareHome } from "../tools/prepare-home.ts";

/** `tenantry up`: brings the stack to what its tenant files say. */
export function command(): Command {
  return new Command("up")
    .description(
      "Apply the tenant files of the stack. At a terminal it shows the plan and asks first; without a terminal, or with --yes, " +
        "--json or --plan, it does not ask. A tenant that fails does not stop the others. With tenants named, it changes " +
        "only their resources and the database groups they need; an invalid or missing tenant file still stops it.",
    )
    .addArgument(tenantsArgument("only these; default: all of the stack"))
    .addOption(stackOption())
    .addOption(yesOption("do not ask; for scripts and CI"))
    .addOption(new Option("-v, --verbose", "print a line for each resource as it changes"))
    .addOption(jsonOption())
    .addOption(new Option("--plan <file>", "apply this plan of `plan --out`; refused if anything changed since"))
    .addOption(new Option("--all", "check every tenant, not only those changed since the last `up`"))
    .addOption(new Option("--no-refresh", "do not check the vendors for outside changes first"))
    .addOption(new Option("--checkpoints", "write the state after every step instead of once at the end"))
    .addOption(
      new Option(
        "--parallel <count>",
        "number of resources at a time; default: 64, on the embedded cloud four per core",
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
  readonly all?: boolean;
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
    await rehearseSchemas(context, made.tenants);
    const purging = await purgingTenants(context, made.state.resources, made.tenants);
    if (only.length === 0) await unprotectGroups(context, made.state.resources);
    const refresh = reviewed?.refreshed ?? options.refresh;
    for (const each of purging) await recordPurging(context, each);
    const applied = await recorded(context, reviewed?.hash, () => apply(context, { ...options, refresh }, made));
    const outcomes = only.length === 0 ? withLeftAlone(context, applied, made.tenants) : applied;
    if (options.json === true) printJson(outcomes);
    else report(context, only.length === 0 ? outcomes : outcomes.filter(isMeant(only)));
    // What was done is told first: a vendor that does not answer now must not hide it.
    await certifyPurged(context, purging, applied);
  } finally {
    hold.release();
  }
}

/** Of the others nothing was to be done; an error of theirs is told all the same. */
function isMeant(only: readonly string[]): (outcome: TenantOutcome) => boolean {
  return ({ tenant, errors }) => only.includes(tenant) || tenant === SHARED || errors.length > 0;
}

interface Prepared extends ToApply {
  readonly state: StackState;
}

/** Of each tenant that this run has purged: a certificate in the history. What is left of one is an error of the run. */
async function certifyPurged(
  context: StackContext,
  purging: readonly Purging[],
  outcomes: readonly TenantOutcome[],
): Promise<void> {
  for (const each of purging) {
    const { id } = each.tenant;
    const fate = fateOf(each, outcomes);
    if (fate === "partly") await recordTried(context, each);
    if (fate !== "gone") continue;
    const certificate = await during(`check that nothing of ${id} exists`, () =>
      certified(context, each.tenant, each.credentials),
    );
    if (isClean(certificate)) {
      note(
        `${id} is purged, and nothing of it exists; its certificate: npx tenantry offboard ${id} -s ${context.stack}`,
      );
      continue;
    }
    process.exitCode = EXIT.error;
    const left = certificate.absence.filter(({ found }) => found !== "nothing" && found !== "refused");
    const words = left.map(({ vendor, asked, found }) => `${asked} at ${vendor}: ${found}`).join("; ");
    note(new TenantryError(offboardingErrors.PURGE_INCOMPLETE, `${id}: ${words}`, { tenant: id }).message);
  }
}

/** What is to be done, once nothing speaks against it. */
async function prepared(
  context: StackContext,
  options: UpOptions & { readonly only: readonly string[]; readonly reviewed: PlanDocument | undefined },
): Promise<Prepared | "nothing left"> {
  const state = await findStack(context);
  refuseBrokenPolicies(context);
  await refusePurgedIds(context, newTenants(context, state));
  const { reviewed, only } = options;
  await refuseHalfSwitched(context, resumedTenants(context, state, only));
  if (reviewed === undefined) {
    const { refresh, all = false } = options;
    return { state, ...(await planToApply(context, { refresh, all, only, state, isShown: isAsked(options) })) };
  }
  const left = await leftToApply(context, reviewed);
  return left === undefined ? "nothing left" : { state, plan: reviewed, tenants: left.tenants };
}

/** Tenants that a file declares and of which nothing exists. */
function newTenants(context: StackContext, { resources }: StackState): string[] {
  const there = tenantsIn(resources);
  return declaredFleet(context).tenants.flatMap(({ id, state }) => (state === "purged" || there.has(id) ? [] : [id]));
}

/** Tenants that are suspended and that a file wants active. */
function resumedTenants(context: StackContext, { resources }: StackState, only: readonly string[]): string[] {
  const exists = recordedIn(resources);
  const isMeant = (id: string) => only.length === 0 || only.includes(id);
  return declaredFleet(context).tenants.flatMap(({ id, state }) =>
    state === "active" && isMeant(id) && exists.get(id)?.state === "suspended" ? [id] : [],
  );
}

/** Somebody is there, and has not seen the plan yet. */
function isAsked({ yes, json, plan }: UpOptions): boolean {
  const isHere = process.stdin.isTTY && process.stdout.isTTY && (process.env["CI"] ?? "") === "";
  return isHere && yes !== true && json !== true && plan === undefined;
}

/** Where nothing is to be changed there is nothing to ask: the run only brings the state up to date. */
async function isAgreed(plan: PlanDocument): Promise<boolean> {
  printLine(asText(plan));
  if (plan.changed.length === 0) return true;
  printLine();
  if (await conversation((ask) => agrees(ask, "apply this?"))) return true;
  note("nothing was applied");
  process.exitCode = EXIT.error;
  return false;
}

/** What the stack has. That of an embedded cloud is made on first use; a real one is made on purpose (docs/going-live.md). */
async function findStack(context: StackContext): Promise<StackState> {
  const isEmbedded = context.settings.cloud === "embedded";
  if (isEmbedded) {
    readDescriptor(context.home);
    // A home that TENANTRY_HOME names may be new.
    prepareHome(context.home);
  }
  try {
    return await stackState(context);
  } catch (error) {
    if (!isEmbedded || !TenantryError.is(error, engineErrors.STACK_NOT_MADE)) throw error;
    await makeStack(context);
    return { resources: [], isBroken: false };
  }
}

/** Nothing is started where nothing is to be looked at. */
async function apply(context: StackContext, options: UpOptions, prepared: Prepared): Promise<TenantOutcome[]> {
  const { tenants } = prepared;
  return tenants.length === 0 ? [] : settling(context, tenants, () => deploy(context, options, prepared));
}

/** Of the tenants that nothing was to be done for: that they are as they were. */
function withLeftAlone(
  context: StackContext,
  outcomes: readonly TenantOutcome[],
  looked: Look["tenants"],
): TenantOutcome[] {
  if (looked === "all") return [...outcomes];
  const told = new Set([...looked, ...outcomes.map(({ tenant }) => tenant)]);
  const others = declaredFleet(context).tenants.filter(({ id, state }) => state !== "purged" && !told.has(id));
  const done = { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 };
  const calm = others.map(({ id }) => ({
    tenant: id,
    result: "ok" as const,
    done,
    open: [],
    errors: [],
    warnings: [],
  }));
  return [...outcomes, ...calm].sort((one, other) => (one.tenant < other.tenant ? -1 : 1));
}

/** Milliseconds for which a look at the vendors that has found everything as it is known holds. */
const SEEN_MS = 60_000;

async function deploy(
  context: StackContext,
  { refresh, checkpoints, parallel, verbose }: UpOptions,
  { plan, tenants, state, seenAsKnown = 0 }: Prepared,
): Promise<Deployed> {
  const args = ["up"];
  // The plan has just asked them for the same resources, and the state has what they answered.
  if (refresh && Date.now() - seenAsKnown > SEEN_MS) args.push("--refresh");
  const expected = expectedChanges(context, plan, tenants);
  let changes = 0;
  const deployed = await during(`up of ${context.stack}`, (tell) =>
    runDeployment(context, {
      args,
      limit: tenants === "all" ? undefined : { tenants, stored: state.resources },
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
  if (!isWell(deployed.outcomes)) process.exitCode = EXIT.error;
  return deployed;
}

/** `create tenantry:fly:Machine` -> `machine create`, as a plan says it. */
function forPeople(what: string): string {
  const [action = "", type = ""] = what.split(" ");
  return `${kindOf(type)?.word ?? type} ${action}`;
}

/** What the plan names; without one nothing exists yet, and a tenant is made when its machine is. */
function expectedChanges(context: StackContext, plan: PlanDocument | undefined, meant: Prepared["tenants"]): string[] {
  if (plan !== undefined) return plan.changed.flatMap(({ changes }) => changes.map(({ urn }) => urn));
  const living = declaredFleet(context).tenants.filter(({ state }) => state !== "purged");
  return living
    .filter(({ id }) => meant === "all" || meant.includes(id))
    .map(({ id }) => machineUrn(context.stack, id));
}
