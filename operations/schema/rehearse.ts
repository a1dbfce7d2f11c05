import type { Client } from "@libsql/client";

import { databaseSecrets } from "../../components/migrator-env.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { migratorFailed } from "../../provider/fly/migrator.ts";
import type { OneOffEnd } from "../../provider/fly/one-off-machine.ts";
import type { Serving } from "../../provider/http/serving.ts";
import { bringTo, type SchemaRan } from "../../provider/turso/schema-run.ts";
import { inHashOrder } from "../../rollouts/rings.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import { LEDGER } from "../../tenants/schemas/ledger-name.ts";
import { schemaSource } from "../../tenants/schemas/source.ts";
import { leadingWords } from "../../tenants/schemas/statements.ts";
import type { SchemaStep } from "../../tenants/schemas/steps.ts";
import { inLanes } from "../engine/lanes.ts";
import { removeCopies, withPassingCopy } from "../handover/passing-copy.ts";
import { rowCounts } from "../snapshots/compared.ts";
import { checkAnswers, checkFailure, checkProblem, commandProblem } from "./own-check.ts";
import { type SchemaAccess, type SchemaState, wordsOf } from "./survey.ts";

/** What migrations did to a clone of a tenant's database. */
export interface Rehearsal {
  readonly tenant: string;
  readonly ran: readonly SchemaRan[];
  /** How long the app's own migrator took, its machine's boot included; absent: the migrations are a folder's. */
  readonly migratorMs?: number;
  /** Rows before, in all tables. */
  readonly rows: number;
}

/** Ends the name of a clone: no tenant's database is called so. */
export const CLONE_MARK = "--schema";

/** How many tenants' migrations are tried on clones before a living database is touched. Clones cost, and count in Turso's quota. */
export const MOST_CLONES = 20;
const LANES = 4;

/** How a rehearsal is called. */
export interface Rehearsing {
  readonly tell: (what: string) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/**
 * Runs what is due on clones of the first tenants' databases, as they are now, and looks what it did there: whether it fails,
 * whether rows are gone that no statement deletes, whether references lead nowhere, whether the app's own check holds. The clones are deleted whatever comes;
 * those that a killed run has left are deleted first. Throws SCHEMA_REHEARSAL_FAILED with all that was found; then no living
 * database was touched.
 */
export async function rehearse(
  access: SchemaAccess,
  states: readonly SchemaState[],
  rehearsing: Rehearsing,
): Promise<readonly Rehearsal[]> {
  const { tell, signal } = rehearsing;
  const due = states.filter(({ is }) => is === "due");
  if (due.length === 0) return [];
  await removeCopies(
    access.turso,
    states.flatMap(({ database }) => database ?? []),
    CLONE_MARK,
    { signal },
  );
  const chosen = firstOf(due, MOST_CLONES);
  let done = 0;
  const found = await inLanes(chosen, LANES, async (state) => {
    const outcome = await rehearsed(access, state, rehearsing);
    tell(`${(done += 1)} of ${chosen.length} clones`);
    return outcome;
  });
  const problems = found.flatMap((each) => ("problem" in each ? [`${each.tenant}: ${each.problem}`] : []));
  if (problems.length > 0) {
    const what = `on ${problems.length} of ${chosen.length} clones`;
    throw new TenantryError(schemaErrors.SCHEMA_REHEARSAL_FAILED, [what, ...problems].join("\n  "));
  }
  return found.flatMap((each) => ("problem" in each ? [] : [each]));
}

/** By a hash of their ids, as rings are filled; of each version that is there at least one. Pure. */
export function firstOf(due: readonly SchemaState[], most: number): readonly SchemaState[] {
  const byId = new Map(due.map((state) => [state.tenant, state]));
  const ordered = inHashOrder([...byId.keys()]).flatMap((id) => byId.get(id) ?? []);
  const kinds = Map.groupBy(ordered, ({ declared, found }) =>
    JSON.stringify([schemaSource(declared), declared.version, found]),
  );
  const first = [...kinds.values()].flatMap((each) => each.slice(0, 1));
  const rest = ordered.filter((state) => !first.includes(state));
  return [...first, ...rest.slice(0, Math.max(0, most - first.length))];
}

async function rehearsed(
  access: SchemaAccess,
  state: SchemaState,
  { signal, now }: Rehearsing,
): Promise<Rehearsal | { readonly tenant: string; readonly problem: string }> {
  const { tenant, at, declared, folder, steps, site } = state;
  if (at === undefined) return { tenant, problem: "its database is gone" };
  const serving = { tenant, signal };
  const copied = { ...access, database: at, mark: CLONE_MARK, authorization: "full-access" } as const;
  try {
    return await withPassingCopy(copied, serving, async (clone, { url, authToken }) => {
      const once = (command: readonly string[]) => {
        const secrets = { values: databaseSecrets(url, authToken) };
        return access.runOnce(tenant, { ...site, env: site.envOf(url), command, secrets }, serving);
      };
      const check = declared.check && (() => once(declared.check?.command ?? []));
      const before = await lookAt(clone);
      const asked = await checkAnswers(clone, folder.check);
      const printed = await check?.();
      const notYet = printed && checkFailure(printed, "before the migration already");
      if (notYet !== undefined) return { tenant, problem: notYet };
      const done = await migrated({ once, clone, state, now, serving });
      const meant = declared.from === undefined ? shrinking(declared.mayShrink) : deliberate(steps);
      const problem =
        whatIsWrong(before, await lookAt(clone), meant) ??
        checkProblem(folder.check, asked, await checkAnswers(clone, folder.check)) ??
        (check && printed && commandProblem(printed, await check()));
      const rows = Object.values(before.rows).reduce((sum, count) => sum + count, 0);
      return problem === undefined ? { tenant, ...done, rows } : { tenant, problem };
    });
  } catch (error) {
    signal.throwIfAborted();
    // What to do next is the same for all, and told once.
    const [first = "", ...rest] = wordsOf(error).split("\n");
    const isOwn = TenantryError.is(error, schemaErrors.SCHEMA_MIGRATOR_FAILED);
    return { tenant, problem: isOwn ? [first, ...rest.slice(0, -1)].join("\n    ") : first };
  }
}

/** Brings a clone forward: by a folder's migrations, or by the app's own migrator. */
async function migrated({
  once,
  clone,
  state: { tenant, declared, folder },
  now,
  serving,
}: {
  readonly once: (command: readonly string[]) => Promise<OneOffEnd>;
  readonly clone: Client;
  readonly state: SchemaState;
  readonly now: () => Date;
  readonly serving: Serving;
}): Promise<Pick<Rehearsal, "ran" | "migratorMs">> {
  if (declared.from !== undefined)
    return { ran: await bringTo(clone, { folder, version: declared.version, revision: "", now }, serving) };
  const from = performance.now();
  const { exitCode, lastLines } = await once(declared.command);
  if (exitCode !== 0) throw migratorFailed(exitCode, lastLines, tenant);
  return { ran: [], migratorMs: Math.round(performance.now() - from) };
}

/** What is compared of a database. */
export interface Look {
  readonly rows: Readonly<Record<string, number>>;
  /** References that lead nowhere. */
  readonly dangling: number;
}

async function lookAt(client: Client): Promise<Look> {
  const { [LEDGER]: _, ...rows } = await rowCounts(client);
  const found = await client.execute("SELECT count(*) FROM pragma_foreign_key_check");
  return { rows, dangling: Number(found.rows[0]?.[0]) };
}

/** Rows that are gone without a statement that deletes them are lost: a copy with a condition too many does that. Pure. */
export function whatIsWrong(before: Look, after: Look, meant: Deliberate): string | undefined {
  const lost = Object.entries(before.rows).flatMap(([table, count]) => {
    const now = after.rows[table];
    const name = table.toLowerCase();
    if (now === undefined) return meant.taken.has(name) ? [] : [`table ${table} is gone, and no statement drops it`];
    return now >= count || meant.emptied.has(name)
      ? []
      : [`table ${table} has ${now} of ${count} rows, and no statement deletes them`];
  });
  const dangling = after.dangling - before.dangling;
  const more = dangling > 0 ? [`${dangling} more references lead nowhere`] : [];
  return lost.length + more.length === 0 ? undefined : [...lost, ...more].join("; ");
}

/** Tables that may have fewer rows, and those that may be gone, in small letters. */
interface Deliberate {
  readonly taken: ReadonlySet<string>;
  readonly emptied: ReadonlySet<string>;
}

/** What the file of a tenant says of the app's own migrator, whose statements nobody sees. */
function shrinking(tables: readonly string[]): Deliberate {
  const names = new Set(tables.map((table) => table.toLowerCase()));
  return { taken: names, emptied: names };
}

/** Tables that statements delete from, and those that they drop or rename. Pure. */
export function deliberate(steps: readonly SchemaStep[]): Deliberate {
  const taken = new Set<string>();
  const emptied = new Set<string>();
  for (const { direction, migration } of steps) {
    for (const statement of (direction === "up" ? migration.up : migration.down)?.statements ?? []) {
      const [first] = leadingWords(statement);
      const names = statement.tokens.flatMap(({ kind, text }) =>
        kind === "word" || kind === "name" ? [text.replaceAll(/^["`[]|["`\]]$/g, "").toLowerCase()] : [],
      );
      const into = first === "DROP" || first === "ALTER" ? taken : first === "DELETE" ? emptied : undefined;
      for (const name of names) into?.add(name);
    }
  }
  return { taken, emptied };
}
