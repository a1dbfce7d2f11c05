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
import { fleetReport, type ReportSources } from "../operations/report/fleet-report.ts";
import { type DriftFound, driftFound, readDrift, readGates } from "../operations/report/input-file.ts";
import { asPage } from "../operations/report/page.ts";
import { asTenantMarkdown, asTenantPage } from "../operations/report/tenant-page.ts";
import { tenantReport } from "../operations/report/tenant-report.ts";
import { tenantView, viewBasis } from "../operations/report/tenant-view.ts";
import { urlsOf } from "../operations/machines/urls.ts";
import { recordsOf } from "../rollouts/records.ts";
import { declaredTenant } from "../operations/engine/named-tenant.ts";
import { counted } from "../output/counted.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { recordedIn } from "../operations/engine/recorded-tenants.ts";
import { resourcesIfMade } from "../operations/engine/stack-state.ts";
import { refuseUnwritable, writeNamed } from "../output/written-file.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";

/** `tenantry report`: the fleet as one page. Reads only. */
export function command(): Command {
  return new Command("report")
    .description(
      "Write a report of the fleet as one HTML page, Markdown or JSON: state, drift, credentials, sizes, cost, gates. Changes nothing.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--html <file>", "write a self-contained HTML page to this file"))
    .addOption(new Option("--markdown <file>", "write Markdown to this file"))
    .addOption(new Option("--drift <file>", "read drift from this output of `drift --json`"))
    .addOption(new Option("--check-drift", "check for drift now"))
    .addOption(new Option("--gates <file>", "read measured gates from this file (docs/report.md)"))
    .addOption(
      new Option("--tenant <id>", "report on one tenant: settings with their source, rollouts, snapshots, history"),
    )
    .addOption(new Option("--no-measure", "do not ask the vendors for sizes"))
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
  readonly tenant?: string;
  readonly measure: boolean;
}

async function report(options: ReportOptions): Promise<void> {
  const { html, markdown, json, tenant } = options;
  if (html === undefined && markdown === undefined && json !== true)
    throw new TenantryError(reportErrors.REPORT_NOWHERE, "no output file was given");
  refuseUnwritable(html, markdown);
  const context = openStack(options.stack);
  if (tenant !== undefined) declaredTenant(context, tenant);
  const sources = await during(`report of ${context.stack}`, () => gathered(context, options));
  const whole = fleetReport(sources);
  if (tenant === undefined) {
    const told = () => `${counted(whole.rows.length, "tenant")} in`;
    writeAll(options, whole, { page: () => asPage(whole), text: () => asMarkdown(whole), told });
    return;
  }
  const { history } = sources;
  const found = tenantReport(whole, tenant, { records: recordsOf(context.projectDir, context.stack), history });
  if (found !== undefined)
    writeAll(options, found, {
      page: () => asTenantPage(found),
      text: () => asTenantMarkdown(found),
      told: () => `${tenant} in`,
    });
}

interface Forms {
  readonly page: () => string;
  readonly text: () => string;
  readonly told: () => string;
}

function writeAll({ html, markdown, json }: ReportOptions, document: object, { page, text, told }: Forms): void {
  if (html !== undefined) writeNamed(html, page());
  if (markdown !== undefined) writeNamed(markdown, text());
  if (json === true) printJson(document);
  else printLine(`${told()} ${[html, markdown].filter((file) => file !== undefined).join(", ")}`);
}

async function gathered(context: StackContext, options: ReportOptions): Promise<ReportSources> {
  const now = new Date();
  const { tenant } = options;
  const fleet = soundFleet(context);
  const tenants = tenant === undefined ? fleet.tenants : fleet.tenants.filter(({ id }) => id === tenant);
  const gates = options.gates === undefined ? undefined : readGates(options.gates);
  const log = historyLog(context);
  const [measured, resources, lines, drift] = await Promise.all([
    options.measure
      ? measuredUsage(context, accountsOf(context.settings, context.home, process.env), tenants, now)
      : new Map<string, MeasuredUsage>(),
    resourcesIfMade(context),
    log.lines(),
    driftFor(context, options),
  ]);
  const recorded = recordedIn(resources);
  const basis = viewBasis(context, resources);
  return {
    stack: context.stack,
    now,
    tenants,
    recorded: new Set(recorded.keys()),
    inState: [...tenantsIn(resources).keys()],
    unsound: fleet.unsound,
    urls: await urlsOf(context, recorded),
    credentials: credentialsOf(resources),
    viewOf: (each) => tenantView(each, basis),
    estimate: estimate(context.stack, tenants, measured, { prices: listPrices(), assumed: ASSUMED, fill: 0.7 }),
    history: checkHistory(lines).entries,
    isHistoryShared: log.isShared,
    drift,
    gates,
  };
}

async function driftFor(context: StackContext, options: ReportOptions): Promise<DriftFound | undefined> {
  if (options.drift !== undefined) return readDrift(options.drift, context.stack);
  if (options.checkDrift !== true) return undefined;
  return driftFound((await compare(context, 0)).report);
}
