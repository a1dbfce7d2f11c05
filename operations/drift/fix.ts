import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { agrees, type Ask, conversation } from "../../output/conversation.ts";
import { withParent } from "../../processes/with-parent.ts";
import { driftErrors } from "./errors.ts";
import { EXIT } from "../../output/exit-codes.ts";
import type { StackContext } from "../../stack/context.ts";
import { note } from "../../output/terminal.ts";
import type { Compared } from "./compared.ts";
import { type How, type Remedy, remediesOf, repairOf } from "./fixes.ts";
import { type DriftFinding, isDrift } from "./report.ts";
import { acceptable, isSaid, scriptOf, shownStep, type Step, stepsOf, writeFiles } from "./repair.ts";

/** How to fix: asked finding by finding, one remedy for all that have it, or only as a script. */
export interface FixOptions {
  /** True: ask. */
  readonly fix?: How | true;
  readonly fixScript?: string;
  readonly yes?: boolean;
}

interface Case {
  readonly finding: DriftFinding;
  readonly remedies: readonly Remedy[];
  /** Its tenant's file says what is observed, and no `up` has taken note yet. */
  readonly isDeclared: boolean;
}

/** Throws DRIFT_FIX_UNATTENDED without a terminal, before it compares anything. */
export function refuseUnattended({ fix, fixScript, yes }: FixOptions): void {
  if (fix === undefined || fixScript !== undefined) return;
  const isAsked = process.stdin.isTTY && process.stdout.isTTY;
  if (isAsked || (fix !== true && yes === true)) return;
  throw new TenantryError(driftErrors.DRIFT_FIX_UNATTENDED, "there is no terminal to ask at");
}

/** Fixes what was found, each step shown before it is done. Deletes nothing. Throws TENANT_FILES_INVALID. */
export async function fixDrift(context: StackContext, compared: Compared, options: FixOptions): Promise<void> {
  const { fix, fixScript } = options;
  const how = fix === true ? undefined : fix;
  const cases = casesOf(context, compared);
  if (fixScript !== undefined) {
    const way = how ?? "apply";
    const steps = stepsOf(context, repairOf(cases.flatMap(thatWay(way))), ownerHere(context));
    writeFileSync(fixScript, scriptOf(context.stack, steps, leftBy(cases, way)), { mode: 0o755 });
    note(`${fixScript} written; nothing was run`);
    return;
  }
  for (const line of leftBy(cases, how)) note(`left: ${line}`);
  const steps = await conversation((ask) => decided(context, cases, options, ask));
  if (steps === undefined) return;
  writeFiles(context, steps);
  if (steps.some(({ kind }) => kind === "command")) await up(context);
  else note("commit the files, then run `up`");
}

/** The steps that were chosen and, where somebody is to be asked, agreed to; undefined: nothing is to be done. */
async function decided(
  context: StackContext,
  cases: readonly Case[],
  { fix, yes }: FixOptions,
  ask: Ask,
): Promise<Step[] | undefined> {
  const chosen = fix === true ? await chooseAmong(cases, ask) : cases.flatMap(thatWay(fix ?? "apply"));
  if (chosen === undefined) {
    note("stopped: nothing was done");
    return undefined;
  }
  if (chosen.length === 0) {
    note("no finding can be fixed this way");
    return undefined;
  }
  const repair = repairOf(chosen);
  const steps = stepsOf(context, repair, ownerHere(context));
  for (const step of steps) note(shownStep(step));
  if (repair.up && cases.length > chosen.length)
    note("`up` also fixes findings that you did not choose, except undeclared resources");
  if (yes === true || (await agrees(ask, "Do this?"))) return steps;
  note("nothing was done");
  return undefined;
}

/** What can be done, resource by resource; of settings that can be adopted each by itself. */
function casesOf(context: StackContext, { report, adoptionOf, tenants }: Compared): Case[] {
  const hasFile = (tenant: string) =>
    tenants.some(({ id }) => id === tenant) ||
    existsSync(join(context.projectDir, "tenants", context.stack, `${tenant}.yaml`));
  const found = report.findings.filter(isDrift).map((finding) => ({ finding, edit: adoptionOf(finding) }));
  const adoptable = new Set(
    [...Map.groupBy(found, ({ finding }) => finding.tenant)].flatMap(([tenant, ofTenant]) =>
      hasFile(tenant)
        ? acceptable(
            context,
            tenant,
            ofTenant.flatMap(({ edit }) => edit ?? []),
          )
        : [],
    ),
  );
  return found.map(({ finding, edit }) => ({
    finding,
    remedies: remediesOf(finding, edit !== undefined && adoptable.has(edit) ? edit : undefined, hasFile),
    isDeclared: edit !== undefined && hasFile(finding.tenant) && isSaid(context, finding.tenant, edit),
  }));
}

function thatWay(how: How): (one: Case) => Remedy[] {
  return ({ remedies }) => remedies.filter((remedy) => remedy.how === how);
}

/** What is left to people, each with the reason. Where somebody is asked, that is only what has no remedy at all. */
function leftBy(cases: readonly Case[], how: How | undefined): string[] {
  return cases.flatMap(({ finding, remedies, isDeclared }) => {
    if (remedies.length === 0) return [advice(finding)];
    if (how === undefined || remedies.some((remedy) => remedy.how === how)) return [];
    if (isDeclared) return [`the file already has this value; run \`up\`: ${named(finding)}`];
    return [`cannot be fixed by ${how}, only by ${remedies.map((each) => each.how).join(" or ")}: ${named(finding)}`];
  });
}

const LETTERS: Readonly<Record<How, string>> = {
  apply: "[a]pply what was declared",
  "adopt-file": "change the [f]ile to what is observed",
  import: "[i]mport: write a tenant file for it",
};
const HOW: Readonly<Record<string, How>> = { a: "apply", f: "adopt-file", i: "import" };

/** Undefined: the user stopped it. */
async function chooseAmong(cases: readonly Case[], ask: Ask): Promise<Remedy[] | undefined> {
  const chosen: Remedy[] = [];
  for (const { finding, remedies, isDeclared } of cases) {
    if (remedies.length === 0) continue;
    const choices = [...remedies.map(({ how }) => LETTERS[how]), "[s]kip"].join(", ");
    const already = isDeclared ? " (the file already has this value)" : "";
    const answer = await ask(`${named(finding)}${already}: ${choices}? `);
    if (answer === undefined) return undefined;
    const remedy = remedies.find(({ how }) => how === HOW[answer.slice(0, 1).toLowerCase()]);
    if (remedy !== undefined) chosen.push(remedy);
  }
  return chosen;
}

function named({ tenant, aspect }: DriftFinding): string {
  return `${tenant} ${aspect}`;
}

function advice({ tenant, resource, id = "", note: about = "" }: DriftFinding): string {
  return `${resource} ${id} (${tenant}${about === "" ? "" : `; ${about}`}): delete it at the vendor if nobody needs it, or let a rule of a tenant file ignore it for a time`;
}

/** Who answers for a tenant whose file is written here. */
function ownerHere({ projectDir }: StackContext): string {
  try {
    return execFileSync("git", ["config", "user.email"], { cwd: projectDir, encoding: "utf8" }).trim();
  } catch {
    return "owner@example.com";
  }
}

async function up({ stack, projectDir }: StackContext): Promise<void> {
  const tenantry = join(import.meta.dirname, "../../cli/tenantry");
  const [file, args] = withParent([tenantry, "up", "--yes", "--stack", stack], { path: undefined, signal: "INT" });
  const child = spawn(file, args, { cwd: projectDir, stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  process.exitCode = code ?? EXIT.error;
}
