import { Command, Option } from "commander";

import { tursoLocations } from "../provider/turso/locations.ts";
import { runCanary } from "./diagnosis/canary.ts";
import { tryCredentials } from "./diagnosis/credentials.ts";
import type { DoctorFinding } from "./diagnosis/finding.ts";
import { otherPrograms, pinnedPrograms } from "./diagnosis/programs.ts";
import { node, npm } from "./diagnosis/runtime.ts";
import { siteOf } from "./diagnosis/site.ts";
import { type Reach, stackFindings } from "./diagnosis/stack.ts";
import { clockFrom } from "../provider/clock.ts";
import { resourcesIfMade } from "../operations/engine/stack-state.ts";
import { EXIT } from "../output/exit-codes.ts";
import { type Column, columnTable, terminalWidth } from "../output/columns.ts";
import { during } from "../output/progress.ts";
import { inColour } from "../output/state-words.ts";
import { jsonOption, stackOption, wideOption, yesOption } from "./options.ts";
import { findProject } from "../stack/context.ts";
import { paint, printJson, printLine } from "../output/terminal.ts";
import type { Environment } from "../tools/environment.ts";

/** `tenantry doctor`: which tool comes from where, and what is missing, with the line that fixes it. */
export function command(): Command {
  return new Command("doctor")
    .description("Show the source and version of each tool, and what is missing with the command that fixes it.")
    .addOption(stackOption())
    .addOption(wideOption())
    .addOption(jsonOption())
    .addOption(
      new Option("--canary", "create a temporary tenant, test what the vendors' documents leave open, and remove it"),
    )
    .addOption(yesOption("with --canary: do not ask"))
    .action(run);
}

interface DoctorOptions {
  readonly stack: string;
  readonly wide?: boolean;
  readonly json?: boolean;
  readonly canary?: boolean;
  readonly yes?: boolean;
}

/** Looks, prints, and sets the exit code: 1 when something required is missing. */
export async function run({ stack, wide, json, canary, yes }: DoctorOptions): Promise<void> {
  if (canary === true) {
    await runCanary(stack, { json: json === true, yes: yes === true });
    return;
  }
  const findings = await during(`tools, and what ${stack} needs`, () =>
    doctor({
      projectDir: findProject(process.cwd()),
      stack,
      env: process.env,
      clockwork: { now: clockFrom(process.env), fetch },
      readState: resourcesIfMade,
      askLocations: tursoLocations,
      tryCredentials,
    }),
  );
  if (json === true) printJson(findings);
  else print(findings, wide === true);
  process.exitCode = findings.some(({ state }) => state === "missing") ? EXIT.error : EXIT.ok;
}

/** Everything the doctor finds. Reads only. */
export async function doctor(
  place: {
    readonly projectDir: string;
    readonly toolsDir?: string;
    readonly stack: string;
    readonly env: Environment;
  } & Reach,
): Promise<DoctorFinding[]> {
  const site = siteOf(place.projectDir, place.env, place.toolsDir);
  const [pinned, others, stack] = await Promise.all([
    pinnedPrograms(site),
    otherPrograms(site),
    stackFindings(place, place),
  ]);
  return [node(process.versions.node, process.execPath), npm(place.projectDir), ...pinned, ...others, ...stack];
}

const COLUMNS: readonly Column<DoctorFinding>[] = [
  { head: "what", of: ({ subject }) => subject },
  { head: "state", of: ({ state }) => inColour(state) },
  { head: "version", of: ({ version = "" }) => version, goes: 2 },
  { head: "note", of: ({ detail = "" }) => detail, goes: 1 },
  { head: "from", of: ({ source = "" }) => source, goes: 3 },
];

function print(findings: readonly DoctorFinding[], wide: boolean): void {
  printLine(columnTable(COLUMNS, findings, wide ? Infinity : terminalWidth()));
  for (const { subject, state, fix } of findings) {
    if (state !== "ok" && fix !== undefined) printLine(`\n${subject}: ${paint("bold", fix)}`);
  }
}
