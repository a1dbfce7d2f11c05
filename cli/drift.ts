import { Command, InvalidArgumentError, Option } from "commander";

import { durationSeconds } from "../tenants/model/duration.ts";
import { asMarkdown } from "../operations/drift/as-markdown.ts";
import { asText } from "../operations/drift/as-text.ts";
import { compare } from "../operations/drift/compared.ts";
import { HOWS } from "../operations/drift/fixes.ts";
import { fixDrift, type FixOptions, refuseUnattended } from "../operations/drift/fix.ts";
import { exitCodeOf } from "../operations/drift/summary.ts";
import { EXIT } from "../output/exit-codes.ts";
import { limitedTo } from "../operations/drift/limited.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { during } from "../output/progress.ts";
import { jsonOption, stackOption, tenantsArgument, yesOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { refuseUnwritable, writeNamed } from "../output/written-file.ts";
import { printJson, printLine } from "../output/terminal.ts";

interface DriftOptions extends FixOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly dueWithin: number;
}

/** `tenantry drift`: what differs between what was applied and the vendors, and what no file declares. Reads only. */
export function command(): Command {
  return new Command("drift")
    .description(
      "Find changes made outside tenantry, and resources that no file declares. It changes nothing without --fix. " +
        "With tenants named, it omits shared and undeclared resources. Exit code 0: no drift; 2: drift.",
    )
    .addArgument(tenantsArgument())
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("-m, --markdown <file>", "also write Markdown to this file"))
    .addOption(
      new Option("--due-within <duration>", "list keys and tokens that are due for rotation within this time")
        .argParser(milliseconds)
        .default(milliseconds("7d"), "7d"),
    )
    .addOption(
      new Option(
        "--fix [how]",
        `fix drift: ask for each finding, or use one method for all: ${HOWS.join(", ")}`,
      ).choices(HOWS),
    )
    .addOption(new Option("--fix-script <file>", "write the steps of --fix as a shell script; run nothing"))
    .addOption(yesOption("do not ask; for --fix with a method"))
    .action(drift);
}

async function drift(ids: readonly string[], options: DriftOptions): Promise<void> {
  refuseUnattended(options);
  refuseUnwritable(options.markdown);
  const context = openStack(options.stack);
  chosenTenants(context, ids);
  const whole = await during(`drift of ${context.stack}`, () => compare(context, options.dueWithin));
  const compared = { ...whole, report: limitedTo(whole.report, ids) };
  const { report } = compared;
  if (options.markdown !== undefined) writeNamed(options.markdown, asMarkdown(report));
  if (options.json === true) printJson(report);
  else printLine(asText(report));
  process.exitCode = exitCodeOf(report);
  if (process.exitCode === EXIT.error || (options.fix === undefined && options.fixScript === undefined)) return;
  await fixDrift(context, compared, options);
}

function milliseconds(text: string): number {
  if (!/^(?=\d)(?:\d{1,6}[wdhms])+$/.test(text)) throw new InvalidArgumentError("expected a duration like 7d or 12h");
  return durationSeconds(text) * 1000;
}
