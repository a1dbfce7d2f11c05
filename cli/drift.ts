import { writeFileSync } from "node:fs";

import { Command, InvalidArgumentError, Option } from "commander";

import { durationSeconds } from "../tenants/model/duration.ts";
import { asMarkdown } from "../operations/drift/as-markdown.ts";
import { asText } from "../operations/drift/as-text.ts";
import { compare } from "../operations/drift/compared.ts";
import { HOWS } from "../operations/drift/fixes.ts";
import { mend, type MendOptions, refuseUnattended } from "../operations/drift/mend.ts";
import { exitCodeOf } from "../operations/drift/summary.ts";
import { EXIT } from "../output/exit-codes.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { printJson, printLine } from "../output/terminal.ts";

interface DriftOptions extends MendOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly dueWithin: number;
}

/** `tenantry drift`: what differs between what was applied and the vendors, and what no file declares. Reads only. */
export function command(): Command {
  return new Command("drift")
    .description(
      "What was changed behind our back, and what no file declares. Reads only, unless --fix is given. Exit code 0: none; 2: drift.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--markdown <file>", "also write it as Markdown"))
    .addOption(
      new Option("--due-within <duration>", "name keys and tokens that are due for rotation within this time")
        .argParser(milliseconds)
        .default(milliseconds("7d"), "7d"),
    )
    .addOption(new Option("--fix [how]", `mend it: asks, or takes one way for all: ${HOWS.join(", ")}`).choices(HOWS))
    .addOption(new Option("--fix-script <file>", "write what --fix would do as a shell script, and run nothing"))
    .addOption(new Option("--yes", "do not ask; for --fix with a way"))
    .action(drift);
}

async function drift(options: DriftOptions): Promise<void> {
  refuseUnattended(options);
  const context = openStack(options.stack);
  const compared = await compare(context, options.dueWithin);
  const { report } = compared;
  if (options.markdown !== undefined) writeFileSync(options.markdown, asMarkdown(report));
  if (options.json === true) printJson(report);
  else printLine(asText(report));
  process.exitCode = exitCodeOf(report);
  if (process.exitCode === EXIT.error || (options.fix === undefined && options.fixScript === undefined)) return;
  await mend(context, compared, options);
}

function milliseconds(text: string): number {
  if (!/^(?=\d)(?:\d{1,6}[wdhms])+$/.test(text)) throw new InvalidArgumentError("expected a duration like 7d or 12h");
  return durationSeconds(text) * 1000;
}
