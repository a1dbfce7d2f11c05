import { readFileSync } from "node:fs";
import { join } from "node:path";

import { printable } from "../../output/printable.ts";
import { writeInside } from "../../output/written-file.ts";
import { faultsIn, refuseInvalid, tenantPath } from "../../tenants/edits/edit-tenant-file.ts";
import { newTenantText } from "../../tenants/edits/new-tenant-text.ts";
import { type FileEdit, withSettings } from "../../tenants/edits/setting-text.ts";
import type { StackContext } from "../../stack/context.ts";
import { writeWhole } from "../../stack/whole-file.ts";
import type { Repair } from "./fixes.ts";

/** One thing that fixes drift, shown before it is done. */
export type Step =
  | { readonly kind: "file"; readonly file: string; readonly before: string | undefined; readonly after: string }
  | { readonly kind: "command"; readonly argv: readonly string[] };

/**
 * The steps of a repair: files first, so that the `up` after them does not undo what was adopted. Reads files only.
 * Throws TENANT_FILES_INVALID for changes of which one needs another that was not chosen.
 */
export function stepsOf(context: StackContext, { edits, newTenants, up }: Repair, owner: string): Step[] {
  const { stack } = context;
  return [
    ...[...edits].map(([tenant, ofTenant]): Step => {
      const file = join("tenants", stack, `${tenant}.yaml`);
      const before = tenantText(context, tenant);
      const after = withSettings(before, ofTenant);
      refuseInvalid(context.projectDir, after, file);
      return { kind: "file", file, before, after };
    }),
    ...newTenants.map((id): Step => {
      const file = join("tenants", stack, `${id}.yaml`);
      return { kind: "file", file, before: undefined, after: newTenantText({ id, owner }) };
    }),
    ...(up ? [{ kind: "command" as const, argv: ["npx", "tenantry", "up", "--stack", stack] }] : []),
  ];
}

/**
 * Those of the changes that the tenant's file takes: it says something else then, and is still valid. What is valid only
 * together (processors with their memory) is taken together; where all of it is not, each that fits those before it.
 */
export function acceptable(context: StackContext, tenant: string, edits: readonly FileEdit[]): readonly FileEdit[] {
  const before = tenantText(context, tenant);
  const isValid = (some: readonly FileEdit[]) =>
    faultsIn(context.projectDir, withSettings(before, some), tenantPath(context, tenant)).length === 0;
  const effective = edits.filter((edit) => withSettings(before, [edit]) !== before);
  if (isValid(effective)) return effective;
  return effective.reduce<readonly FileEdit[]>(
    (taken, edit) => (isValid([...taken, edit]) ? [...taken, edit] : taken),
    [],
  );
}

/** Whether the tenant's file says this already. */
export function isSaid(context: StackContext, tenant: string, edit: FileEdit): boolean {
  const before = tenantText(context, tenant);
  return edit.value !== undefined && withSettings(before, [edit]) === before;
}

function tenantText(context: StackContext, tenant: string): string {
  return readFileSync(tenantPath(context, tenant), "utf8");
}

/** Writes the files of the steps. */
export function writeFiles({ projectDir }: StackContext, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.kind !== "file") continue;
    // Of what was not there before, nothing is written over.
    if (step.before === undefined) writeInside(projectDir, step.file.split("/"), step.after, "wx");
    else writeWhole(join(projectDir, step.file), step.after);
  }
}

/** A step as people read it before it is done: a command, or the lines of a file that change. */
export function shownStep(step: Step): string {
  if (step.kind === "command") return `$ ${step.argv.join(" ")}`;
  return [`# ${step.file}`, ...changedLines(step.before ?? "", step.after)].join("\n");
}

function changedLines(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const left = [...now];
  const removed = old.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...removed.map((line) => `- ${line}`), ...left.filter((line) => line !== "").map((line) => `+ ${line}`)];
}

/** The steps as a shell script for the project's folder. */
export function scriptOf(stack: string, steps: readonly Step[], byHand: readonly string[]): string {
  const parts = steps.map((step) =>
    step.kind === "command"
      ? step.argv.map(quoted).join(" ")
      : hereDocument(step.file, step.after.replace(/\n?$/, "\n")),
  );
  const comments = byHand.map((line) => `# left: ${printable(line)}`);
  return [
    "#!/bin/sh",
    `# Fixes the drift of the stack ${stack}. Run it in the project's folder. It deletes nothing.`,
    "set -eu",
    ...comments,
    ...parts,
    "",
  ].join("\n");
}

/** The end is a line that the text does not have, whatever somebody wrote into the file. */
function hereDocument(file: string, text: string): string {
  let end = "END_OF_TENANT_FILE";
  while (text.split("\n").includes(end)) end += "_";
  return `cat > ${quoted(file)} <<'${end}'\n${text}${end}`;
}

function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
