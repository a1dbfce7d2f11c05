import { Command, Option } from "commander";

import { PLACES, type Place } from "../local/network.ts";
import { asMarkdown, answerOf, measuredOf, wantedOf } from "../operations/gates/as-markdown.ts";
import type { GateResult } from "../operations/gates/gate.ts";
import { asPage } from "../operations/gates/page.ts";
import { allGates, DEFAULT_MINUTES, type GatesReport, runGates } from "../operations/gates/run.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { paint, printJson, printLine, table } from "../output/terminal.ts";
import { refuseUnwritable, writeNamed } from "../output/written-file.ts";
import { accountsOf } from "../stack/accounts.ts";
import { openStack } from "../stack/context.ts";
import { jsonOption, positive, stackOption } from "./options.ts";

/** `tenantry gates`: go or no-go, measured. */
export function command(): Command {
  return new Command("gates")
    .description(
      "Measure whether a mounted bucket and a database can replace a volume and a SQLite file: go or no-go. It creates its own " +
        "tenants and removes them. Exit code 0: no gate is missed; 1: something could not be measured or removed; 2: a gate is missed.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--only <ids...>", "only these gates, by id or by prefix of an id"))
    .addOption(new Option("--quick", "a small run that proves nothing; shows that it works"))
    .addOption(
      new Option("--network <place>", "simulated distance to the vendors").choices(PLACES).default("same-region"),
    )
    .addOption(
      new Option("--minutes <count>", "duration of load.realistic").argParser(positive).default(DEFAULT_MINUTES),
    )
    .addOption(new Option("--resume", "continue with the gates that the last run did not measure"))
    .addOption(new Option("--list", "only list the gates"))
    .addOption(new Option("--markdown <file>", "write Markdown to this file"))
    .addOption(new Option("--html <file>", "write a self-contained HTML page"))
    .action(gates);
}

interface GatesOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly network: Place;
  readonly minutes: number;
  readonly resume?: boolean;
  readonly list?: boolean;
  readonly markdown?: string;
  readonly html?: string;
}

async function gates(options: GatesOptions): Promise<void> {
  const { stack, json, only, network, minutes, markdown, html } = options;
  if (options.list === true) {
    if (json === true) printJson(allGates);
    else
      printLine(
        table(
          ["gate", "phase", "question"],
          allGates.map(({ id, phase, question }) => [id, phase, question]),
        ),
      );
    return;
  }
  refuseUnwritable(markdown, html);
  const context = openStack(stack);
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  const report = await during(`gates of ${stack}`, (tell) =>
    runGates({
      context,
      accounts: accountsOf(context.settings, context.home, process.env),
      quick: options.quick === true,
      network,
      minutes,
      only,
      resume: options.resume === true,
      now: () => new Date(),
      signal: controller.signal,
      tell,
    }),
  );
  if (markdown !== undefined) writeNamed(markdown, `# Gates\n\n${asMarkdown(report)}\n`);
  if (html !== undefined) writeNamed(html, asPage(report));
  if (json === true) printJson(report);
  else print(report);
  process.exitCode = controller.signal.aborted ? EXIT.error : exitCodeOf(report);
}

const COLOURS = { GO: "green", "NO-GO": "red", REPORTED: "cyan", "NOT MEASURED": "yellow" } as const;

function print(report: GatesReport): void {
  const line = (gate: GateResult) => [
    gate.id,
    paint(COLOURS[gate.verdict], gate.verdict),
    measuredOf(gate),
    wantedOf(gate),
  ];
  printLine(table(["gate", "verdict", "measured", "threshold"], report.gates.map(line)));
  printLine();
  printLine(answerOf(report).join(" "));
  for (const what of report.left) printLine(`${paint("red", "left")}  ${what}`);
}

/**
 * A missed gate weighs more than one that could not be measured. What is not built is no error of a run; that another way
 * would miss its gate is what the run was to find out.
 */
export function exitCodeOf({ gates: all, left }: Pick<GatesReport, "gates" | "left">): ExitCode {
  if (all.some(({ verdict, isAlternative }) => verdict === "NO-GO" && isAlternative !== true)) return EXIT.changes;
  const unmeasured = all.some(({ verdict, conditions }) => verdict === "NOT MEASURED" && conditions !== "");
  return unmeasured || left.length > 0 ? EXIT.error : EXIT.ok;
}
