import { Command, InvalidArgumentError, Option } from "commander";

import { estimate, type MeasuredUsage } from "../cost/estimate.ts";
import { TURSO_PLANS, type TursoPlanName } from "../cost/price-tables.ts";
import { listPrices } from "../cost/tenant-cost.ts";
import { ASSUMED, type Usage } from "../cost/usage.ts";
import { accountsOf } from "../stack/accounts.ts";
import { ASSUMPTIONS, asTables, type CostTable } from "../cost/as-table.ts";
import { measuredUsage } from "../cost/measured-usage.ts";
import { soundFleet } from "../operations/engine/sound-fleet.ts";
import { jsonOption, stackOption, tenantsArgument, wideOption } from "./options.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { openStack } from "../stack/context.ts";
import { refuseUnwritable, writeNamed } from "../output/written-file.ts";
import { paint, printJson, printLine } from "../output/terminal.ts";

/** `tenantry cost`: what a stack costs in a month, by list prices and the vendors' figures. Reads only. */
export function command(): Command {
  const cost = new Command("cost")
    .description(
      "Estimate the monthly cost of each tenant and of the stack, and from which size volumes are cheaper. Changes nothing.",
    )
    .addArgument(
      tenantsArgument("show only these; sums and break-even stay those of the stack; default: all of the stack"),
    )
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .addOption(new Option("-m, --markdown <file>", "also write Markdown to this file"))
    .addOption(new Option("--no-measure", "do not ask the vendors; assume the use of every tenant"))
    .addOption(
      new Option("--turso-plan <plan>", "your organisation's plan at Turso").choices(TURSO_PLANS).default("developer"),
    )
    .addOption(new Option("--volume-fill <share>", "fill level at which a volume grows").default(0.7).argParser(share));
  for (const { flag, what, key } of ASSUMPTIONS) {
    cost.addOption(
      new Option(`--${flag} <number>`, `assumed a month: ${what}`).default(ASSUMED[key]).argParser(amount),
    );
  }
  return cost.action(run);
}

interface CostOptions extends Readonly<Record<string, unknown>> {
  readonly stack: string;
  readonly json?: boolean;
  readonly wide?: boolean;
  readonly markdown?: string;
  readonly measure: boolean;
  readonly tursoPlan: TursoPlanName;
  readonly volumeFill: number;
}

async function run(ids: readonly string[], options: CostOptions): Promise<void> {
  refuseUnwritable(options.markdown);
  const context = openStack(options.stack);
  const chosen = new Set(chosenTenants(context, ids).map(({ id }) => id));
  const { tenants } = soundFleet(context);
  const measured: ReadonlyMap<string, MeasuredUsage> = options.measure
    ? await during(`figures of ${context.stack}`, () =>
        measuredUsage(context, accountsOf(context.settings, context.home, process.env), tenants, new Date()),
      )
    : new Map();
  const whole = estimate(context.stack, tenants, measured, {
    prices: listPrices(options.tursoPlan),
    assumed: assumptionsIn(options),
    fill: options.volumeFill,
  });
  // What the vendors include is shared by the stack: a tenant's part is only right within the whole.
  const found = { ...whole, tenants: whole.tenants.filter(({ tenant }) => chosen.has(tenant)) };
  const tables = asTables(found);
  if (options.markdown !== undefined) writeNamed(options.markdown, tables.map(asMarkdown).join("\n"));
  if (options.json === true) printJson(found);
  else printLine(tables.map((each) => asText(each, options.wide === true)).join("\n\n"));
}

function assumptionsIn(options: CostOptions): Usage {
  const entries = ASSUMPTIONS.map(({ key, flag }) => [key, options[camelCase(flag)] as number] as const);
  return Object.fromEntries(entries) as Record<keyof Usage, number>;
}

/** As commander names the value of a flag. */
function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a tenant costs in the end stays, where its parts do not fit. */
function asText({ title, head, rows, notes }: CostTable, wide: boolean): string {
  const columns = head.map((name, at): Column<readonly string[]> => {
    const of = (row: readonly string[]) => row[at] ?? "";
    return at === 0 || at === head.length - 1 ? { head: name, of } : { head: name, of, goes: head.length - at };
  });
  return [paint("bold", title), columnTable(columns, rows, wide ? Infinity : terminalWidth()), ...notes].join("\n");
}

/** No cell holds anything that Markdown reads: ids, figures and words of ours. */
function asMarkdown({ title, head, rows, notes }: CostTable): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [`### ${title}`, "", ...lines, "", ...notes.map((note) => `- ${note}`), ""].join("\n");
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("expected a number, 0 or more");
  return value;
}

function share(text: string): number {
  const value = amount(text);
  if (value <= 0 || value > 1) throw new InvalidArgumentError("expected more than 0 and at most 1");
  return value;
}
