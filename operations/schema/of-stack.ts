import { pacesIn } from "../../rollouts/paces.ts";
import type { StackContext } from "../../stack/context.ts";
import { git } from "../../stack/git.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { TenantOutcome } from "../engine/deployment-events.ts";
import { recordedVersions } from "../engine/recorded-versions.ts";
import { resourcesIfMade, type StoredResource } from "../engine/stack-state.ts";
import { recorded } from "../history/recorded.ts";
import { bringForward, type Brought } from "./bring.ts";
import { rehearse, type Rehearsal, type Rehearsing } from "./rehearse.ts";
import { nameOfStep } from "./shown.ts";
import { type SchemaState, schemaAccess, subjectsIn, surveyed } from "./survey.ts";

/** Every schema that these tenants' files declare, beside what their databases have. Reads only. */
export async function schemasOf(
  context: StackContext,
  tenants: readonly Tenant[],
  signal: AbortSignal,
): Promise<readonly SchemaState[]> {
  const subjects = subjectsIn(context.projectDir, tenants, await resourcesIfMade(context));
  return subjects.length === 0 ? [] : surveyed(schemaAccess(context), subjects, signal);
}

/** Tries on clones what is due. Throws SCHEMA_REHEARSAL_FAILED. */
export function rehearsedIn(
  context: StackContext,
  states: readonly SchemaState[],
  rehearsing: Rehearsing,
): Promise<readonly Rehearsal[]> {
  return rehearse(schemaAccess(context), states, rehearsing);
}

/**
 * Runs what is due, and writes one line per tenant that was touched into the history, each as soon as the tenant is through. Whose
 * image goes first, and is not there yet, is left. Throws HISTORY_UNREACHABLE before anything is run.
 */
export async function broughtIn(
  context: StackContext,
  tenants: readonly Tenant[],
  states: readonly SchemaState[],
  { tell, signal, now }: Rehearsing,
): Promise<readonly Brought[]> {
  const paces = pacesIn(context.projectDir);
  const bringing = {
    waits: waitingForImage(tenants, await resourcesIfMade(context)),
    paceOf: (tenant: string) => paces(context.stack, tenant),
    revision: (await git(context.projectDir, "rev-parse", "HEAD")) ?? "",
    tell,
    signal,
    now,
  };
  const bring = (onBrought: (brought: Brought) => void = () => undefined) =>
    bringForward(schemaAccess(context), states, { ...bringing, onBrought });
  if (!states.some(({ is, declared }) => is === "due" && declared.from !== undefined)) return bring();
  let brought: readonly Brought[] = [];
  await recorded(context, undefined, async (tellOutcome) => {
    brought = await bring((each) => {
      for (const outcome of outcomesOf(each)) tellOutcome(outcome);
    });
    return brought.flatMap(outcomesOf);
  });
  return brought;
}

/** Of who was left nothing is told: nothing was begun. */
function outcomesOf({ tenant, result, ran, error }: Brought): TenantOutcome[] {
  if (result === "current" || result === "left" || (result === "interrupted" && ran.length === 0)) return [];
  return [
    {
      tenant,
      result: result === "brought" ? "ok" : result,
      done: { create: 0, update: 0, replace: 0, rotate: 0, delete: 0 },
      open: [],
      errors: error === undefined ? [] : [error],
      warnings: [],
      migrations: ran.map(({ step }) => nameOfStep(step)),
    },
  ];
}

/** Tenants whose image goes before their schema, and is not applied yet. Pure. */
export function waitingForImage(tenants: readonly Tenant[], stored: readonly StoredResource[]): ReadonlySet<string> {
  const applied = recordedVersions(stored);
  return new Set(
    tenants.flatMap(({ id, database, machine }) => {
      const isImageFirst = database.engine === "turso" && database.schema?.order === "image-first";
      return isImageFirst && applied.get(id)?.image !== machine.image ? [id] : [];
    }),
  );
}
