import { Command, Option } from "commander";

import { isWell } from "../operations/engine/deploy.ts";
import type { TenantOutcome } from "../operations/engine/deployment-events.ts";
import { cloudFindings } from "../operations/engine/embedded-cloud.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { tenantsIn } from "../operations/engine/removed-tenants.ts";
import { holdStack } from "../operations/engine/stack-lock.ts";
import { resourcesIfMade, type StoredResource } from "../operations/engine/stack-state.ts";
import { recorded } from "../operations/history/recorded.ts";
import { dropped, refuseUndroppable, refuseUnrecorded, removeFile } from "../operations/teardown/drop.ts";
import { type Holding, holdingsOf, refuseHolders } from "../operations/teardown/holdings.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";
import { accountsOf } from "../stack/accounts.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { kindOf } from "../resource-kinds/kinds.ts";
import { isAgreed } from "./consent.ts";
import { jsonOption, stackOption, yesOption } from "./options.ts";
import { errorBlocks } from "./up-report.ts";
import { counted } from "../output/counted.ts";

/** `tenantry drop`: takes out a new tenant that was a mistake. */
export function command(): Command {
  return new Command("drop")
    .description(
      "Remove a new tenant that was a mistake, with its file. It refuses when the bucket or the database holds data; a tenant " +
        "with data ends by `state: offboarding` and `state: purged`. It asks before it deletes; without a terminal it needs " +
        "--yes. Safe to run again: it continues where it stopped.",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(stackOption())
    .addOption(yesOption("do not ask; for scripts and CI"))
    .addOption(new Option("--dry-run", "only show what would be deleted; exit code 2 when there is something"))
    .addOption(jsonOption())
    .action(drop);
}

interface DropOptions {
  readonly stack: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What a drop has found and done; what `--json` prints. */
interface Dropped {
  readonly tenant: string;
  readonly file: string;
  /** Whether all of it is gone, the file too. */
  readonly isGone: boolean;
  /** What was looked into, and what is no data of the tenant. */
  readonly empty: readonly Pick<Holding, "kind" | "name" | "besides">[];
  readonly outcomes: readonly TenantOutcome[];
}

async function drop(id: string, options: DropOptions): Promise<void> {
  const context = openStack(options.stack);
  const tenant = declaredTenant(context, id);
  refuseUndroppable(tenant, []);
  await cloudFindings(context, new Date());
  const hold = await holdStack(context);
  try {
    const all = await resourcesIfMade(context);
    const stored = tenantsIn(all).get(id) ?? [];
    refuseUndroppable(tenant, stored);
    const empty = await during(`look into ${id} of ${context.stack}`, () => foundEmpty(context, id, stored));
    const file = `tenants/${context.stack}/${id}.yaml`;
    const about = { tenant: id, file, empty: empty.map(({ kind, name, besides }) => ({ kind, name, besides })) };
    const lines = linesOf(about, stored);
    if (options.dryRun === true) {
      process.exitCode = EXIT.changes;
      if (options.json === true) printJson({ ...about, isGone: false, outcomes: [] });
      else for (const line of lines) printLine(line);
      return;
    }
    if (!(await isAgreed({ of: id, lines, question: "drop it?" }, options))) return;
    const outcomes = await carriedOut(context, id, all);
    if (!isWell(outcomes)) process.exitCode = EXIT.error;
    const done = { ...about, isGone: isWell(outcomes), outcomes };
    if (options.json === true) printJson(done);
    else print(context, done);
  } finally {
    hold.release();
  }
}

/** Throws DROP_HOLDS_DATA, DROP_BEGUN_ELSEWHERE. */
async function foundEmpty(
  context: StackContext,
  tenant: string,
  stored: readonly StoredResource[],
): Promise<readonly Holding[]> {
  if (stored.length === 0) await refuseUnrecorded(context, tenant);
  const holdings = await holdingsOf(accountsOf(context.settings, context.home, process.env), tenant, stored);
  refuseHolders(tenant, holdings);
  return holdings;
}

async function carriedOut(
  context: StackContext,
  tenant: string,
  all: readonly StoredResource[],
): Promise<readonly TenantOutcome[]> {
  if (tenantsIn(all).has(tenant))
    return recorded(context, undefined, () => during(`drop of ${tenant}`, () => dropped(context, tenant, all)));
  removeFile(context, tenant);
  return [];
}

function linesOf(
  { tenant, file, empty }: Pick<Dropped, "tenant" | "file" | "empty">,
  stored: readonly StoredResource[],
) {
  const words = Map.groupBy(stored, ({ type }) => kindOf(type)?.word ?? type);
  const counts = [...words].map(([word, { length }]) => (length === 1 ? word : `${word} (${length})`)).sort();
  return [
    counts.length === 0 ? `${tenant} was never brought up.` : `${tenant} holds nothing:`,
    ...empty.map(({ kind, name, besides }) => `  ${kind} ${name}: empty${besides.map((what) => `; ${what}`).join("")}`),
    ...(counts.length === 0 ? [] : [`These go: ${counts.join(", ")}.`]),
    `Its file goes too: ${file}`,
  ];
}

function print({ stack }: StackContext, { tenant, file, isGone, outcomes }: Dropped): void {
  for (const block of errorBlocks(outcomes)) printLine(`${block}\n`);
  const count = outcomes.reduce((sum, { done }) => sum + done.delete, 0);
  printLine(
    isGone
      ? `${tenant} is gone: ${counted(count, "resource")} deleted, ${file} removed; commit that`
      : `${counted(count, "resource")} deleted, not all; fix the cause and run \`npx tenantry drop ${tenant} --stack ${stack}\` again to continue.`,
  );
}
