import { join, parse } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { stackErrors } from "../stack/errors.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { cloudFindings } from "../operations/engine/embedded-cloud.ts";
import { chosenTenants } from "../operations/engine/named-tenant.ts";
import { during } from "../output/progress.ts";
import { jsonOption, stackOption, tenantsArgument } from "./options.ts";
import { planOf } from "../operations/review/planned-stack.ts";
import { asMarkdown } from "../operations/review/as-markdown.ts";
import { asText } from "../operations/review/as-text.ts";
import { changedPaths } from "../operations/review/changed-paths.ts";
import type { PlanDocument } from "../operations/review/plan-document.ts";
import { exitCodeOf } from "../operations/review/summary.ts";
import { touchedStacks } from "../operations/review/touched-stacks.ts";
import { findProject, openStack } from "../stack/context.ts";
import { stacksIn } from "../stack/stack-group.ts";
import { writeNamed } from "../output/written-file.ts";
import { note, printJson, printLine } from "../output/terminal.ts";

/** `tenantry plan`: what `up` would do. Changes nothing anywhere. */
export function command(): Command {
  return new Command("plan")
    .description(
      "Show what `up` would do, tenant by tenant. Exit code 0: nothing to do; 1: an error, or a mandatory policy is broken; 2: changes; 3: data would be destroyed without permission from a tenant file.",
    )
    .addArgument(tenantsArgument("only these, with the database groups they need; default: all of the stack"))
    .addOption(stackOption())
    .addOption(
      new Option("--base <ref>", "plan every stack that this branch changed since it left <ref>").conflicts("stack"),
    )
    .addOption(new Option("--list-stacks", "with --base: only print the stacks"))
    .addOption(jsonOption())
    .addOption(new Option("-m, --markdown <file>", "also write the comment for a pull request"))
    .addOption(
      new Option(
        "-o, --out <file>",
        "also write the plan for `up --plan`, which applies it only if nothing changed since",
      ),
    )
    .addOption(new Option("--all", "check every tenant, not only those changed since the last `up`"))
    .addOption(new Option("--no-refresh", "compare only with the last known state, without asking the vendors"))
    .action(plan);
}

interface PlanOptions {
  readonly stack: string;
  readonly base?: string;
  readonly listStacks?: boolean;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly out?: string;
  readonly all?: boolean;
  readonly refresh: boolean;
}

async function plan(ids: readonly string[], options: PlanOptions, verb: Command): Promise<void> {
  if (ids.length > 0 && (options.base !== undefined || options.out !== undefined))
    verb.error("plan: --base and --out are about whole stacks; leave out the tenants");
  if (options.base !== undefined) return planSince(options.base, options);
  const context = openStack(options.stack);
  if (ids.length > 0) chosenTenants(context, ids);
  const found = await during(`plan of ${context.stack}`, () => planOf(context, { ...options, only: ids }));
  writePlan(found, options);
  publish(found, options);
}

/** One stack after the other: two at once would each want the whole computer, and the same workspace. */
async function planSince(base: string, options: PlanOptions): Promise<void> {
  const projectDir = findProject(process.cwd());
  const stacks = touchedStacks(changedPaths(projectDir, base), stacksIn(projectDir));
  if (options.listStacks === true) {
    if (options.json === true) printJson(stacks);
    else for (const stack of stacks) printLine(stack);
    return;
  }
  const plans: PlanDocument[] = [];
  for (const stack of stacks) {
    const found = await planWhereItCan(stack, options);
    if (found === undefined) continue;
    plans.push(found);
    writePlan(found, { out: fileOf(stack, stacks, options.out) });
    writeComment(found, fileOf(stack, stacks, options.markdown));
    if (options.json !== true) printLine(`${plans.length > 1 ? "\n" : ""}${asText(found)}`);
  }
  if (options.json === true) printJson(plans);
  else if (stacks.length === 0) printLine(`no stack was touched since ${base}`);
  process.exitCode = worst(plans.map(exitCodeOf));
}

/** Undefined for the stack of an embedded cloud that does not run: it is somebody's own, and not here. */
async function planWhereItCan(stack: string, options: PlanOptions): Promise<PlanDocument | undefined> {
  try {
    const context = openStack(stack);
    await cloudFindings(context, new Date());
    return await during(`plan of ${stack}`, () => planOf(context, options));
  } catch (error) {
    if (!TenantryError.is(error, stackErrors.CLOUD_NOT_UP)) throw error;
    note(`${stack}: not planned, its embedded cloud is not running here`);
    return undefined;
  }
}

/** The file itself for the only stack; of several each has its own: `plan.md` -> `plan.prod.md`. */
function fileOf(stack: string, stacks: readonly string[], file: string | undefined): string | undefined {
  if (file === undefined || stacks.length === 1) return file;
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.${stack}${ext}`);
}

const BY_WEIGHT: readonly ExitCode[] = [EXIT.error, EXIT.guarded, EXIT.changes, EXIT.ok];

function worst(codes: readonly ExitCode[]): ExitCode {
  return BY_WEIGHT.find((code) => codes.includes(code)) ?? EXIT.ok;
}

function writePlan(found: PlanDocument, { out }: { readonly out?: string | undefined }): void {
  if (out !== undefined) writeNamed(out, `${JSON.stringify(found)}\n`);
}

function writeComment(found: PlanDocument, markdown: string | undefined): void {
  if (markdown !== undefined) writeNamed(markdown, asMarkdown(found));
}

/** Prints a plan in the asked-for forms and sets the exit code. */
function publish(found: PlanDocument, { json, markdown }: { json?: boolean; markdown?: string }): void {
  writeComment(found, markdown);
  if (json === true) printJson(found);
  else printLine(asText(found));
  process.exitCode = exitCodeOf(found);
}
