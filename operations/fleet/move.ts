import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { stackErrors } from "../../stack/errors.ts";
import { openStackGroup, tenantIdsOf } from "../../stack/stack-group.ts";
import { digestOf } from "../engine/canonical.ts";
import { engineErrors } from "../engine/errors.ts";
import { pulumiOutput } from "../engine/pulumi.ts";
import { holdStack, type StackHold } from "../engine/stack-lock.ts";
import { tenantOf } from "../engine/steps.ts";
import { fleetErrors } from "./errors.ts";
import { type ExportedResource, isInState, withoutTenant, withTenant } from "./moved-state.ts";
import { makeStack } from "../engine/made-stack.ts";

/** What a move has done; what `--json` prints. */
export interface Moved {
  readonly tenant: string;
  /** Undefined: its file and its state were there already. */
  readonly from: string | undefined;
  readonly to: string;
  readonly file: string;
  /** Whether a state had anything of it. */
  readonly isInState: boolean;
}

/**
 * Moves a tenant to another stack of its group: its file and what the state knows of it. No vendor is called.
 *
 * Where the file is, there the tenant belongs. So each step can be the last one of a run that is killed, and no `up` on
 * either stack changes anything of the tenant until the move is run again: a state with a tenant whose file is not in its
 * stack is refused by `plan`, by `up` and by plain `pulumi up`.
 *
 * 1. The state of `to` gets the tenant, as that of its own stack has it. The file is still there.
 * 2. The file moves, at once and as a whole.
 * 3. The other state loses the tenant.
 *
 * Throws MOVE_OUTSIDE_GROUP, MOVE_UNSETTLED, MOVE_AT_AWS, MOVE_MEETS_ANOTHER, NO_SUCH_TENANT, TENANT_IN_TWO_STACKS, STACK_LOCKED.
 */
export async function moveTenant(projectDir: string, tenant: string, to: string): Promise<Moved> {
  const target = openStack(to, projectDir);
  const members = membersWith(target);
  const owner = ownerAmong(members, tenant, projectDir);
  const holds: StackHold[] = [];
  try {
    const sources = members.filter(({ stack }) => stack !== to);
    // Where the file has moved already the state that it left is not known: it is one of them, if any.
    const involved = owner.stack === to ? sources : [owner];
    for (const each of [...involved, target]) holds.push(await holdStack(each));
    const file = join("tenants", to, `${tenant}.yaml`);
    const arrived = await arriveFrom(involved, target, tenant);
    if (owner.stack !== to) moveFile(projectDir, tenant, owner.stack, to);
    const left: string[] = [];
    for (const source of involved) if (await leave(source, tenant)) left.push(source.stack);
    return { tenant, from: owner.stack === to ? left[0] : owner.stack, to, file, isInState: arrived };
  } finally {
    for (const hold of holds) hold.release();
  }
}

function membersWith(target: StackContext): readonly StackContext[] {
  const { stackGroup } = target.settings;
  if (stackGroup === undefined)
    throw new TenantryError(fleetErrors.MOVE_OUTSIDE_GROUP, `${target.stack} is in no group`);
  return openStackGroup(stackGroup, target.projectDir).stacks;
}

function ownerAmong(members: readonly StackContext[], tenant: string, projectDir: string): StackContext {
  const [owner, other] = members.filter(({ stack }) => tenantIdsOf(stack, projectDir).includes(tenant));
  if (owner === undefined)
    throw new TenantryError(engineErrors.NO_SUCH_TENANT, `no stack of the group has a file of ${tenant}`, { tenant });
  if (other !== undefined)
    throw new TenantryError(stackErrors.TENANT_IN_TWO_STACKS, `${tenant} in ${owner.stack} and ${other.stack}`, {
      tenant,
    });
  return owner;
}

/**
 * Brings the tenant into the state of `to`. Where its file is there already, that state is the newer one, if it has anything:
 * then what another stack still has of it is what an earlier move has left.
 */
async function arriveFrom(sources: readonly StackContext[], to: StackContext, tenant: string): Promise<boolean> {
  if (tenantIdsOf(to.stack, to.projectDir).includes(tenant) && (await isIn(to, tenant))) return true;
  for (const source of sources) if (await isIn(source, tenant)) return arrive(source, to, tenant);
  return isIn(to, tenant);
}

/** Brings the state of `to` to what that of the tenant's own stack says of it. */
async function arrive(from: StackContext, to: StackContext, tenant: string): Promise<true> {
  const source = await exported(from);
  refuseAws(tenant, source.resources);
  refuseUnsettled(from, source);
  const target = await madeState(to);
  refuseUnsettled(to, target);
  const [one, other] = [
    { stack: from.stack, resources: source.resources },
    { stack: to.stack, resources: target.resources },
  ];
  await write(to, target, withTenant(tenant, one, other));
  return true;
}

/** Removes the tenant from this state. Returns whether it was in it. */
async function leave(from: StackContext, tenant: string): Promise<boolean> {
  const state = await stateIfMade(from);
  if (state === undefined || !isInState(tenant, state.resources)) return false;
  refuseUnsettled(from, state);
  await write(from, state, withoutTenant(tenant, state.resources));
  return true;
}

async function isIn(context: StackContext, tenant: string): Promise<boolean> {
  const state = await stateIfMade(context);
  return state !== undefined && isInState(tenant, state.resources);
}

function moveFile(projectDir: string, tenant: string, from: string, to: string): void {
  const path = (stack: string) => join(projectDir, "tenants", stack, `${tenant}.yaml`);
  mkdirSync(join(projectDir, "tenants", to), { recursive: true });
  // Both lie in one folder of one project: the system renames it as a whole. Nothing is written over: of one id there is one file.
  if (existsSync(path(from))) renameSync(path(from), path(to));
}

const exportedSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(z.looseObject({ urn: z.string(), type: z.string() })).nullish(),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

interface ExportedState {
  /** All that Pulumi has exported, secrets in clear: they are encrypted for each stack in another way. Never print it. */
  readonly document: z.infer<typeof exportedSchema>;
  readonly resources: readonly ExportedResource[];
}

/** Undefined: the stack was never made. */
async function stateIfMade(context: StackContext): Promise<ExportedState | undefined> {
  try {
    return await exported(context);
  } catch (error) {
    if (TenantryError.is(error, engineErrors.STACK_NOT_MADE)) return undefined;
    throw error;
  }
}

async function madeState(context: StackContext): Promise<ExportedState> {
  const found = await stateIfMade(context);
  if (found !== undefined) return found;
  await makeStack(context);
  return exported(context);
}

async function exported(context: StackContext): Promise<ExportedState> {
  const text = await pulumiOutput(context, ["stack", "export", "--show-secrets"]);
  const parsed = exportedSchema.safeParse(asJson(text));
  // Without the cause: a parser quotes what it reads.
  if (!parsed.success)
    throw new TenantryError(engineErrors.STATE_DAMAGED, `the state of ${context.stack} is not what Pulumi writes`);
  return { document: parsed.data, resources: parsed.data.deployment.resources ?? [] };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pulumi takes its lock for the moment in which it writes: who else has written since we read is seen here. Throws MOVE_MEETS_ANOTHER. */
async function write(
  context: StackContext,
  { document, resources: before }: ExportedState,
  resources: readonly ExportedResource[],
): Promise<void> {
  const now = await exported(context);
  if (digestOf(now.resources) !== digestOf(before))
    throw new TenantryError(fleetErrors.MOVE_MEETS_ANOTHER, `the state of ${context.stack}`);
  const next = { ...document, deployment: { ...document.deployment, resources } };
  // By a pipe: the secrets in it are in no file and in no process list.
  await pulumiOutput(context, ["stack", "import"], { input: JSON.stringify(next) });
}

function refuseUnsettled({ stack }: StackContext, { document }: ExportedState): void {
  if ((document.deployment.pending_operations ?? []).length === 0) return;
  throw new TenantryError(fleetErrors.MOVE_UNSETTLED, `stack ${stack}`);
}

function refuseAws(tenant: string, resources: readonly ExportedResource[]): void {
  if (resources.some(({ urn, type }) => tenantOf(urn) === tenant && type.startsWith("aws:")))
    throw new TenantryError(fleetErrors.MOVE_AT_AWS, `${tenant} has files at AWS`, { tenant });
}
