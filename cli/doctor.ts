import { Command } from "commander";

import { tursoLocations } from "../provider/turso/locations.ts";
import { tryCredentials } from "./diagnosis/credentials.ts";
import type { Finding } from "./diagnosis/finding.ts";
import { otherPrograms, pinnedPrograms } from "./diagnosis/programs.ts";
import { node, npm } from "./diagnosis/runtime.ts";
import { siteOf } from "./diagnosis/site.ts";
import { type Reach, stackFindings } from "./diagnosis/stack.ts";
import { EXIT } from "../output/exit-codes.ts";
import { jsonOption, stackOption } from "./options.ts";
import { findProject } from "../stack/context.ts";
import { paint, printJson, printLine, table } from "../output/terminal.ts";
import type { Environment } from "../tools/environment.ts";

/** `tenantry doctor`: which tool comes from where, and what is missing, with the line that fixes it. */
export function command(): Command {
  return new Command("doctor")
    .description("Which tool comes from where, in which version; what is missing, with the line that fixes it.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

/** Looks, prints, and sets the exit code: 1 when something required is missing. */
export async function run({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const findings = await doctor({
    projectDir: findProject(process.cwd()),
    stack,
    env: process.env,
    clockwork: { now: () => new Date(), fetch },
    askLocations: tursoLocations,
    tryCredentials,
  });
  if (json === true) printJson(findings);
  else print(findings);
  process.exitCode = findings.some(({ state }) => state === "missing") ? EXIT.error : EXIT.ok;
}

/** Everything the doctor finds. Reads only. */
export async function doctor(
  place: { readonly projectDir: string; readonly stack: string; readonly env: Environment } & Reach,
): Promise<Finding[]> {
  const site = siteOf(place.projectDir, place.env);
  const [pinned, others, stack] = await Promise.all([
    pinnedPrograms(site),
    otherPrograms(site),
    stackFindings(place, place),
  ]);
  return [node(process.versions.node, process.execPath), npm(place.projectDir), ...pinned, ...others, ...stack];
}

const marks = { ok: "ok", attention: "mind", missing: "MISSING" } as const;
const colours = { ok: "green", attention: "yellow", missing: "red" } as const;

function print(findings: readonly Finding[]): void {
  const rows = findings.map(({ subject, state, version = "", source, detail }) => [
    paint(colours[state], marks[state]),
    subject,
    version,
    [source, detail].filter((part) => part !== undefined).join("; "),
  ]);
  printLine(table(["", "what", "version", "from"], rows));
  for (const { subject, state, fix } of findings) {
    if (state !== "ok" && fix !== undefined) printLine(`\n${subject}: ${paint("bold", fix)}`);
  }
}
