import { Command, Option } from "commander";

import type { Cut } from "../operations/history/entry.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { byteSize } from "../output/byte-size.ts";
import { EXIT } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";
import { type Listed, listCuts, snapshotTenant, tenantsDue } from "../operations/snapshots/of-tenant.ts";

/** `tenantry snapshot TENANT`: files and rows at one instant, noted in the history. */
export function command(): Command {
  return new Command("snapshot")
    .description(
      "Take a snapshot of a tenant's files and rows at one instant, and record it in the history. The database refuses writes " +
        "during the bucket's snapshot; the command prints how long. An app with the hook `snapshots.quiesce` pauses its own writes, " +
        "and none is refused. Needs `storage.snapshots: true`.",
    )
    .argument("[tenant]", "the tenant's id")
    .addOption(new Option("--due", "take one for each tenant whose last snapshot is older than `snapshots.every`"))
    .addOption(new Option("--list", "list the snapshots in the history, and whether Tigris still has them"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

interface SnapshotOptions {
  readonly stack: string;
  readonly due?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

async function run(id: string | undefined, options: SnapshotOptions, verb: Command): Promise<void> {
  const { stack, due, list, json } = options;
  if (due === true ? id !== undefined || list === true : id === undefined)
    verb.error("snapshot: name the tenant, or say --due");
  const context = openStack(stack);
  if (id === undefined) {
    await takeDue(context, json === true);
    return;
  }
  if (list === true) {
    const found = await during(`snapshots of ${id}`, () => interruptible((signal) => listCuts(context, id, signal)));
    if (json === true) printJson(found);
    else if (found.length === 0) printLine(`${id} has no snapshot`);
    else for (const each of found) printLine(listed(each));
    return;
  }
  const cut = await during(`snapshot of ${id}`, () => interruptible((signal) => snapshotTenant(context, id, signal)));
  if (json === true) printJson(cut);
  else printLine(takenLine(id, cut));
  note(`to restore from it: npx tenantry restore ${id} --at ${cut.at} --dry-run`);
}

/** One after the other. What fails holds up no other tenant; the exit code tells of it. */
async function takeDue(context: StackContext, json: boolean): Promise<void> {
  const taken: { tenant: string; cut: Cut }[] = [];
  const failed: { tenant: string; code: string; error: string }[] = [];
  await during(`snapshots of ${context.stack}`, (tell) =>
    interruptible(async (signal) => {
      for (const tenant of await tenantsDue(context)) {
        signal.throwIfAborted();
        tell(tenant);
        try {
          taken.push({ tenant, cut: await snapshotTenant(context, tenant, signal) });
        } catch (error) {
          if (signal.aborted || !(error instanceof TenantryError)) throw error;
          failed.push({ tenant, code: error.code, error: error.message });
        }
      }
    }),
  );
  if (json) printJson({ taken, failed });
  else if (taken.length + failed.length === 0) printLine(`no snapshot is due in ${context.stack}`);
  else for (const { tenant, cut } of taken) printLine(takenLine(tenant, cut));
  for (const { tenant, error } of failed) note(`${tenant}: ${error}`);
  if (failed.length > 0) process.exitCode = EXIT.error;
}

function takenLine(id: string, { at, version, bytes, database, fencedMs, quiescedMs }: Cut): string {
  const held =
    `without writes for ${fencedMs} ms` +
    (quiescedMs === undefined ? "" : `, and the app paused its own for ${quiescedMs} ms`);
  const rows = database === null ? "no database" : `database ${sized(database.bytes)}, ${held}`;
  return `snapshot of ${id} at ${at}: files ${sized(bytes)} (version ${version}); ${rows}`;
}

function listed({ at, version, bytes, database, isThere }: Listed): string {
  const sizes = `files ${sized(bytes)}${database === null ? "" : `, database ${sized(database.bytes)}`}`;
  return `${at}  ${sizes}  version ${version}${isThere ? "" : "  gone at Tigris"}`;
}

function sized(bytes: number | null): string {
  return bytes === null ? "of unknown size" : byteSize(bytes);
}
