import { Command, Option } from "commander";

import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import type { Brought } from "../operations/schema/bring.ts";
import { broughtIn, rehearsedIn, schemasOf } from "../operations/schema/of-stack.ts";
import {
  broughtDocument,
  broughtWords,
  hasWork,
  nameOfStep,
  planDocument,
  planText,
  rehearsalLines,
  statusDocument,
} from "../operations/schema/shown.ts";
import type { SchemaState } from "../operations/schema/survey.ts";
import { type Column, columnTable } from "../output/columns.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine, table } from "../output/terminal.ts";
import { clockFrom } from "../provider/clock.ts";
import { schemaSource } from "../tenants/schemas/source.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption, tenantsArgument } from "./options.ts";
import { errorBlocks } from "./up-report.ts";

/** `tenantry schema`: the schemas of N databases. */
export function command(): Command {
  return new Command("schema")
    .description(
      "Show and run the migrations of the tenants' databases. `database.schema` of a plan or a tenant file names a folder of " +
        "SQL files or the app's own migrator, and a version. `up` runs migrations too.",
    )
    .addCommand(
      on(
        "status",
        "show which version each database has and which is declared; changes nothing. Exit code 2: they differ",
      ).action(status),
    )
    .addCommand(
      on("plan", "show which statements would run where, and what deserves a second look; runs nothing")
        .addOption(new Option("--rehearse", "run them on clones, and delete the clones"))
        .action(plan),
    )
    .addCommand(on("up", "run due migrations on clones, then on the databases; touches no machine").action(up));
}

function on(verb: string, does: string): Command {
  return new Command(verb)
    .description(does)
    .addArgument(tenantsArgument())
    .addOption(stackOption())
    .addOption(jsonOption());
}

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

const now = () => clockFrom(process.env)();

async function looked(context: StackContext, ids: readonly string[]): Promise<readonly SchemaState[]> {
  return during(`schemas of ${context.stack}`, () =>
    interruptible((signal) => schemasOf(context, chosenTenants(context, ids), signal)),
  );
}

async function status(ids: readonly string[], { stack, json }: Options): Promise<void> {
  const standings = await looked(openStack(stack), ids);
  if (json === true) printJson(standings.map(statusDocument));
  else if (standings.length === 0) printLine(NOBODY);
  else printLine(columnTable(COLUMNS, standings));
  if (json !== true) for (const { tenant, error } of standings) if (error !== undefined) note(`${tenant}: ${error}`);
  if (standings.some(({ is }) => is === "refused" || is === "unknown")) process.exitCode = EXIT.error;
  else if (standings.some(({ is }) => is === "due" || is === "new")) process.exitCode = EXIT.changes;
}

const NOBODY = "no tenant declares a schema (`database.schema`, docs/schemas.md)";

const COLUMNS: readonly Column<SchemaState>[] = [
  { head: "tenant", of: ({ tenant }) => tenant },
  { head: "declared", of: ({ declared }) => String(declared.version) },
  { head: "found", of: ({ found }) => (found === null ? "?" : String(found)) },
  { head: "", of: ({ is }) => is },
  { head: "due", of: dueWords, goes: 1 },
  { head: "order", of: ({ declared }) => declared.order, goes: 3 },
  { head: "from", of: ({ declared }) => schemaSource(declared), goes: 2 },
  { head: "last applied", of: ({ last, lastMigration }) => last?.applied ?? lastMigration?.finished ?? "", goes: 4 },
  { head: "commit", of: ({ last }) => (last?.revision ?? "").slice(0, 12), goes: 5 },
];

/** Of the app's own migrator: what differs from its last run. */
function dueWords({ is, steps, declared, site, lastMigration: last }: SchemaState): string {
  if (declared.from !== undefined || is !== "due") return steps.map(nameOfStep).join(", ");
  return last !== undefined && last.image !== site.image ? `the migrator, in ${site.image}` : "the migrator";
}

async function plan(
  ids: readonly string[],
  { stack, json, rehearse }: Options & { readonly rehearse?: boolean },
): Promise<void> {
  const context = openStack(stack);
  const standings = await looked(context, ids);
  const rehearsals =
    rehearse === true
      ? await during(`clones of ${stack}`, (tell) =>
          interruptible((signal) => rehearsedIn(context, standings, { tell, signal, now })),
        )
      : [];
  if (json === true)
    printJson({ plan: planDocument(standings), clones: rehearsals.map(({ tenant, rows }) => ({ tenant, rows })) });
  else {
    printLine(standings.length === 0 ? NOBODY : planText(standings));
    for (const line of rehearsalLines(rehearsals)) printLine(line);
  }
  if (standings.some(hasWork)) process.exitCode = EXIT.changes;
}

async function up(ids: readonly string[], { stack, json }: Options): Promise<void> {
  const context = openStack(stack);
  const tenants = chosenTenants(context, ids);
  const hold = await holdStack(context);
  try {
    const brought = await during(`schemas of ${stack}`, (tell) =>
      interruptible(async (signal) => {
        const standings = await schemasOf(context, tenants, signal);
        // The app's own migrators run with their machines, and not here.
        const own = standings.filter(({ declared }) => declared.from !== undefined);
        const rehearsals = await rehearsedIn(context, own, { tell, signal, now });
        for (const line of rehearsalLines(rehearsals)) note(line);
        return broughtIn(context, tenants, standings, { tell, signal, now });
      }),
    );
    if (json === true) printJson(brought.map(broughtDocument));
    else printBrought(context, brought);
    if (brought.some(({ result }) => result === "failed")) process.exitCode = EXIT.error;
  } finally {
    hold.release();
  }
}

function printBrought({ stack }: StackContext, brought: readonly Brought[]): void {
  if (brought.length === 0) {
    printLine(NOBODY);
    return;
  }
  printLine(
    table(
      ["tenant", "done", ""],
      brought.map((each) => [each.tenant, broughtWords(each), each.result]),
    ),
  );
  for (const { tenant, result, error } of brought)
    if (result === "left" && error !== undefined) note(`${tenant}: ${error}`);
  const failed = brought.filter(({ result }) => result === "failed");
  for (const block of errorBlocks(failed.map(({ tenant, error = "" }) => ({ tenant, errors: [error] }))))
    printLine(`\n${block}`);
  if (failed.length > 0)
    printLine(`\nThe others run on. Run \`npx tenantry schema up --stack ${stack}\` again to continue.`);
}
