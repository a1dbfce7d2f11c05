import { pacesIn } from "../../rollouts/paces.ts";
import type { StackContext } from "../../stack/context.ts";
import { git } from "../../stack/git.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { recordedVersions } from "../engine/recorded-versions.ts";
import { resourcesIfMade, type StoredResource } from "../engine/stack-state.ts";
import { bringForward, type Brought } from "./bring.ts";
import { rehearse, type Rehearsal, type Rehearsing } from "./rehearse.ts";
import { type SchemaStanding, schemaDesk, subjectsIn, surveyed } from "./survey.ts";

/** Every schema that these tenants' files declare, beside what their databases have. Reads only. */
export async function schemasOf(
  context: StackContext,
  tenants: readonly Tenant[],
  signal: AbortSignal,
): Promise<readonly SchemaStanding[]> {
  const subjects = subjectsIn(context.projectDir, tenants, await resourcesIfMade(context));
  return subjects.length === 0 ? [] : surveyed(schemaDesk(context), subjects, signal);
}

/** Tries on clones what is due. Throws SCHEMA_REHEARSAL_FAILED. */
export function rehearsedIn(
  context: StackContext,
  standings: readonly SchemaStanding[],
  rehearsing: Rehearsing,
): Promise<readonly Rehearsal[]> {
  return rehearse(schemaDesk(context), standings, rehearsing);
}

/** Runs what is due. Whose image goes first, and is not there yet, is left. */
export async function broughtIn(
  context: StackContext,
  tenants: readonly Tenant[],
  standings: readonly SchemaStanding[],
  { tell, signal, now }: Rehearsing,
): Promise<readonly Brought[]> {
  const paces = pacesIn(context.projectDir);
  return bringForward(schemaDesk(context), standings, {
    waits: waitingForImage(tenants, await resourcesIfMade(context)),
    paceOf: (tenant) => paces(context.stack, tenant),
    revision: (await git(context.projectDir, "rev-parse", "HEAD")) ?? "",
    tell,
    signal,
    now,
  });
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
