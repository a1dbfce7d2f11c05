import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { cliErrors } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { StackContext } from "../stack-context.ts";
import { note } from "../terminal.ts";
import type { Compared } from "./compared.ts";
import { type How, type Remedy, remediesOf, repairOf } from "./fixes.ts";
import { type Finding, isDrift } from "./report.ts";
import { isAcceptable, scriptOf, shownStep, stepsOf, writeFiles } from "./repair.ts";

/** How to mend: asked finding by finding, one remedy for all that have it, or only as a script. */
export interface MendOptions {
  /** True: ask. */
  readonly fix?: How | true;
  readonly fixScript?: string;
  readonly yes?: boolean;
}

interface Case {
  readonly finding: Finding;
  readonly remedies: readonly Remedy[];
}

/** Throws DRIFT_FIX_UNATTENDED where nobody can be asked, before anything is compared. */
export function refuseUnattended({ fix, fixScript, yes }: MendOptions): void {
  if (fix === undefined || fixScript !== undefined) return;
  const isAsked = process.stdin.isTTY && process.stdout.isTTY;
  if (isAsked || (fix !== true && yes === true)) return;
  throw new TenantryError(cliErrors.DRIFT_FIX_UNATTENDED, "nobody is here to be asked what to do");
}

/** Mends what was found, each step shown before it is done. Deletes nothing. */
export async function mend(context: StackContext, compared: Compared, options: MendOptions): Promise<void> {
  const { fix, fixScript, yes } = options;
  const cases = casesOf(context, compared);
  const how = fix === true || fix === undefined ? "apply" : fix;
  const one = ({ remedies }: Case) => remedies.find((remedy) => remedy.how === how) ?? [];
  const isAsked = fix === true && fixScript === undefined;
  const byHand = cases.flatMap(({ finding, remedies }) => {
    if (remedies.length === 0) return [advice(finding)];
    const isLeft = !isAsked && !remedies.some((remedy) => remedy.how === how);
    return isLeft ? [`not by ${how}, but by ${remedies.map((each) => each.how).join(" or ")}: ${named(finding)}`] : [];
  });
  if (fixScript !== undefined) {
    const steps = stepsOf(context, repairOf(cases.flatMap(one)), ownerHere(context));
    writeFileSync(fixScript, scriptOf(context.stack, steps, byHand), { mode: 0o755 });
    note(`${fixScript} written; nothing was run`);
    return;
  }
  const chosen = fix === true ? await ask(cases) : cases.flatMap(one);
  for (const line of byHand) note(`left: ${line}`);
  if (chosen.length === 0) {
    note("nothing to mend that way");
    return;
  }
  const repair = repairOf(chosen);
  const steps = stepsOf(context, repair, ownerHere(context));
  for (const step of steps) note(shownStep(step));
  const left = cases.length - chosen.length;
  if (repair.up && left > 0) note("`up` also puts right what was not chosen, but for what no file declares");
  if (yes !== true && !(await confirmed())) return;
  writeFiles(context, steps);
  if (repair.up) await up(context);
  else note("commit the files; the next `up` takes note of them");
}

/** What can be done, resource by resource; of settings that can be adopted each by itself. */
function casesOf(context: StackContext, { report, adoptionOf, tenants }: Compared): Case[] {
  const hasFile = (tenant: string) =>
    tenants.some(({ id }) => id === tenant) ||
    existsSync(join(context.projectDir, "tenants", context.stack, `${tenant}.yaml`));
  return report.findings.filter(isDrift).map((finding) => {
    const edit = adoptionOf(finding);
    const adoption = edit !== undefined && isAcceptable(context, finding.tenant, [edit]) ? edit : undefined;
    return { finding, remedies: remediesOf(finding, adoption, hasFile) };
  });
}

const LETTERS: Readonly<Record<How, string>> = {
  apply: "[a]pply what was declared",
  "adopt-file": "change the [f]ile to what is observed",
  import: "[i]mport: write a tenant file for it",
};
const HOW: Readonly<Record<string, How>> = { a: "apply", f: "adopt-file", i: "import" };

async function ask(cases: readonly Case[]): Promise<Remedy[]> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const chosen: Remedy[] = [];
    for (const { finding, remedies } of cases) {
      if (remedies.length === 0) continue;
      const choices = [...remedies.map(({ how }) => LETTERS[how]), "[s]kip"].join(", ");
      const answer = await answerTo(terminal, `${named(finding)}: ${choices}? `);
      const remedy = remedies.find(({ how }) => how === HOW[answer]);
      if (remedy !== undefined) chosen.push(remedy);
    }
    return chosen;
  } finally {
    terminal.close();
  }
}

async function confirmed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await answerTo(terminal, "Do this? [y/N] ")) === "y";
  } finally {
    terminal.close();
  }
}

function named({ tenant, aspect }: Finding): string {
  return `${tenant} ${aspect}`;
}

async function answerTo(terminal: Interface, question: string): Promise<string> {
  return (await terminal.question(question)).trim().slice(0, 1).toLowerCase();
}

function advice({ tenant, resource, id = "", note: about = "" }: Finding): string {
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
  const tenantry = join(import.meta.dirname, "..", "tenantry");
  const child = spawn(tenantry, ["up", "--stack", stack], { cwd: projectDir, stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  process.exitCode = code ?? EXIT.error;
}
