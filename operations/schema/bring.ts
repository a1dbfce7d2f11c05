import { TenantryError } from "../../errors/tenantry-error.ts";
import { withDatabase } from "../../provider/turso/schema-access.ts";
import { SchemaHalt } from "../../provider/schema-halt.ts";
import { bringTo, type SchemaRan } from "../../provider/turso/schema-run.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import type { SchemaStep } from "../../tenants/schemas/steps.ts";
import { inLanes } from "../engine/lanes.ts";
import { type SchemaAccess, type SchemaState, wordsOf } from "./survey.ts";

/** How one tenant fared. */
export interface Brought {
  readonly tenant: string;
  /** `left`: nothing was run for it, for the reason that is told. `interrupted`: the run was broken off at it. */
  readonly result: "current" | "brought" | "left" | "failed" | "interrupted";
  readonly ran: readonly SchemaRan[];
  /** What is still to be run. */
  readonly open: readonly SchemaStep[];
  /** Why, and what to do next. */
  readonly error?: string;
}

const LANES = 16;

/** How databases are brought forward. */
export interface Bringing {
  /** Tenants whose image goes first and is not there yet. */
  readonly waits: ReadonlySet<string>;
  /** How many failures halt it; default 3. */
  readonly paceOf: (tenant: string) => Promise<{ readonly rollout: string; readonly halt: number } | undefined>;
  readonly revision: string;
  readonly tell: (what: string) => void;
  /** Called for each when it finishes or is interrupted. Default: not called. */
  readonly onBrought?: (brought: Brought) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Runs on the living databases what is due. One tenant's failure is that tenant's; too many end it (SCHEMA_HALTED). */
export async function bringForward(
  access: SchemaAccess,
  states: readonly SchemaState[],
  bringing: Bringing,
): Promise<readonly Brought[]> {
  const halt = new SchemaHalt();
  let done = 0;
  const brought = await inLanes(states, LANES, async (state) => {
    const outcome = await broughtForward(access, state, bringing, halt);
    bringing.onBrought?.(outcome);
    bringing.tell(`${(done += 1)} of ${states.length} databases`);
    return outcome;
  });
  // Only now: what the others were at has been told too.
  if (brought.some(({ result }) => result === "interrupted")) bringing.signal.throwIfAborted();
  return brought;
}

async function broughtForward(
  access: SchemaAccess,
  { tenant, is, at, declared, folder, steps, error }: SchemaState,
  { waits, paceOf, revision, signal, now }: Bringing,
  halt: SchemaHalt,
): Promise<Brought> {
  const nothing = { tenant, ran: [], open: steps };
  if (is === "current") return { ...nothing, result: "current" };
  if (is === "refused" || is === "unknown") return { ...nothing, result: "failed", error: error ?? "" };
  if (is === "closed")
    return { ...nothing, result: "left", error: "the tenant is closed; it runs when the tenant is open again" };
  if (at === undefined)
    return { ...nothing, result: "left", error: `it has no database yet: npx tenantry up ${tenant}` };
  if (declared.from === undefined)
    return {
      ...nothing,
      result: "left",
      error: `the app's own migrator runs with its machine: npx tenantry up ${tenant}`,
    };
  if (waits.has(tenant)) {
    const wait = new TenantryError(schemaErrors.SCHEMA_IMAGE_FIRST, `version ${declared.version}`, { tenant });
    return { ...nothing, result: "left", error: wait.message };
  }
  const serving = { tenant, signal };
  const ran: SchemaRan[] = [];
  const onRan = (one: SchemaRan) => void ran.push(one);
  const target = { folder, version: declared.version, revision, now, onRan };
  try {
    await halt.guard(await paceOf(tenant), serving, () =>
      withDatabase(access, at, "full-access", serving, (client) => bringTo(client, target, serving)),
    );
    return { tenant, result: "brought", ran, open: [] };
  } catch (failure) {
    const open = steps.slice(ran.length);
    // What has run is told: it stays in the database.
    if (signal.aborted) return { tenant, ran, open, result: "interrupted" };
    const isHalted = TenantryError.is(failure, schemaErrors.SCHEMA_HALTED);
    return { tenant, ran, open, result: isHalted ? "left" : "failed", error: wordsOf(failure) };
  }
}
