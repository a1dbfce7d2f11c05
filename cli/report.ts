import { Command, Option } from "commander";

import { estimate, type MeasuredUsage } from "../cost/estimate.ts";
import { listPrices } from "../cost/tenant-cost.ts";
import { ASSUMED } from "../cost/usage.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { accountsOf } from "../stack/accounts.ts";
import { measuredUsage } from "../cost/measured-usage.ts";
import { soundFleet } from "../operations/engine/sound-fleet.ts";
import { compare } from "../operations/drift/compared.ts";
import { tenantsIn } from "../operations/engine/removed-tenants.ts";
import { checkHistory } from "../operations/history/check.ts";
import { historyLog } from "../operations/history/open-log.ts";
import { jsonOption, stackOption } from "./options.ts";
import { asMarkdown } from "../operations/report/as-markdown.ts";
import { credentialsOf } from "../operations/engine/credentials.ts";
import { reportErrors } from "../operations/report/errors.ts";
import { type FleetReport, fleetReport } from "../operations/report/fleet-report.ts";
import { type DriftFound, driftFound, readDrift, readGates } from "../operations/report/input-file.ts";
import { asPage } from "../operations/report/page.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { recordedIn } from "../operations/engine/recorded-tenants.ts";
import { resourcesIfMade } from "../operations/engine/stack-state.ts";
import { writeNamed } from "../output/written-file.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";

/** `tenantry report`: the fleet as one page. Reads only. */
export function command(): Command {
  return new Command("report")
    .description(
      "Write the fleet as one HTML page, as Markdown or JSON: state, drift, credentials, sizes, cost, gates. Reads only.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--html <file>", "write the page to this file; it needs no other file"))
    .addOption(new Option("--markdown <file>", "write it as Markdown"))
    .addOption(new Option("--drift <file>", "take drift from this file, as `drift --json` printed it"))
    .addOption(new Option("--check-drift", "look for drift now"))
    .addOption(new Option("--gates <file>", "take measured gates from this file (docs/report.md)"))
    .addOption(new Option("--no-measure", "ask no vendor for sizes"))
    .action(report);
}

interface ReportOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly markdown?: string;
  readonly drift?: string;
  readonly checkDrift?: boolean;
  readonly gates?: string;
  readonly measure: boolean;
}

async function report(options: ReportOptions): Promise<void> {
  const { html, markdown, json } = options;
  if (html === undefined && markdown === undefined && json !== true)
    throw new TenantryError(reportErrors.REPORT_NOWHERE, "no file was named");
  const context = openStack(options.stack);
  const found = await during(`report of ${context.stack}`, () => gathered(context, options));
  if (html !== undefined) writeNamed(html, asPage(found));
  if (markdown !== undefined) writeNamed(markdown, asMarkdown(found));
  if (json === true) printJson(found);
  else printLine(`${found.rows.length} tenants in ${[html, markdown].filter((file) => file !== undefined).join(", ")}`);
}

async function gathered(context: StackContext, options: ReportOptions): Promise<FleetReport> {
  const now = new Date();
  const { tenants, unsound } = soundFleet(context);
  const gates = options.gates === undefined ? undefined : readGates(options.gates);
  const [measured, resources, lines, drift] = await Promise.all([
    options.measure
      ? measuredUsage(context, accountsOf(context.settings, context.home, process.env), tenants, now)
      : new Map<string, MeasuredUsage>(),
    resourcesIfMade(context),
    historyLog(context).lines(),
    driftFor(context, options),
  ]);
  const standing = recordedIn(resources);
  return fleetReport({
    stack: context.stack,
    now,
    tenants,
    standing: new Set(standing.keys()),
    inState: [...tenantsIn(resources).keys()],
    unsound,
    urls: await urlsOf(context, standing),
    credentials: credentialsOf(resources),
    estimate: estimate(context.stack, tenants, measured, { prices: listPrices(), assumed: ASSUMED, fill: 0.7 }),
    history: checkHistory(lines).entries,
    drift,
    gates,
  });
}

async function driftFor(context: StackContext, options: ReportOptions): Promise<DriftFound | undefined> {
  if (options.drift !== undefined) return readDrift(options.drift, context.stack);
  if (options.checkDrift !== true) return undefined;
  return driftFound((await compare(context, 0)).report);
}
