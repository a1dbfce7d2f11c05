import { existsSync, mkdirSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { EXIT } from "../output/exit-codes.ts";
import { jsonOption, stackOption } from "./options.ts";
import { openStack } from "../stack/context.ts";
import { note, paint, printJson, printLine } from "../output/terminal.ts";
import { clientFor } from "../operations/files/door-client.ts";
import { filesErrors } from "../operations/files/errors.ts";
import type { Door } from "../operations/files/key-forms.ts";
import { openDoor } from "../operations/files/open-door.ts";
import { alone } from "../operations/files/sync/busy-mark.ts";
import { rcloneCourier } from "../operations/files/sync/rclone-courier.ts";
import { sdkCourier } from "../operations/files/sync/sdk-courier.ts";
import { carryOut, prospect } from "../operations/files/sync/sync.ts";
import type { Pair, Prospect } from "../operations/files/sync/pair.ts";
import type { Direction } from "../operations/files/sync/sync-plan.ts";

interface SyncOptions {
  readonly stack: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly delete?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What `pull` and `push` have in common: all but the direction. */
export function syncCommand(direction: Direction, description: string): Command {
  return new Command(direction)
    .description(description)
    .argument("<tenant>")
    .argument("<dir>")
    .addOption(new Option("--name <name>", "whose key; default: that of the only entry under `access`"))
    .addOption(new Option("--dry-run", "say what would be done, and do nothing; exit code 2 when there is something"))
    .addOption(new Option("--delete", "also delete what was deleted on the other side; shown first"))
    .addOption(new Option("--yes", "do not ask before deleting"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action((id: string, folder: string, options: SyncOptions) => sync(direction, id, resolve(folder), options));
}

async function sync(direction: Direction, id: string, dir: string, options: SyncOptions): Promise<void> {
  const context = openStack(options.stack);
  if (direction === "push" && !(existsSync(dir) && statSync(dir).isDirectory()))
    throw new TenantryError(filesErrors.SYNC_FOLDER_MISSING, `no folder ${dir}`);
  const door = await openDoor(context, id, options.name);
  if (direction === "push" && door.key.mode === "read-only")
    throw new TenantryError(filesErrors.KEY_READ_ONLY, `${door.key.name} may only read`, { tenant: id });
  const pair = await pairOf(dir, door);
  if (options.dryRun === true) {
    const found = await prospect(pair, direction, { dryRun: true });
    report(found, options, pair);
    if (options.json !== true) printLine(`dry run of ${summary(found, pair, "gone")}`);
    process.exitCode = isNothing(found, options) ? EXIT.ok : EXIT.changes;
    return;
  }
  mkdirSync(dir, { recursive: true });
  await alone(dir, async () => {
    const found = await prospect(pair, direction, { dryRun: false });
    report(found, options, pair);
    const deleting = options.delete === true && found.plan.gone.length > 0 && (await mayDelete(found, options));
    try {
      await carryOut(pair, found, { deleting });
    } finally {
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    }
    if (options.json !== true) printLine(summary(found, pair, deleting ? "deleted" : "gone"));
    if (found.plan.conflicts.length > 0) process.exitCode = EXIT.changes;
  });
}

async function pairOf(dir: string, door: Door): Promise<Pair> {
  const client = await clientFor(door);
  const hasRclone = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "rclone")));
  const courier = hasRclone ? rcloneCourier(door, process.env) : sdkCourier(client, door.key.bucket);
  return { dir, door, client, courier, onProgress: showProgress };
}

function showProgress(bytes: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${(bytes / 1e6).toFixed(1)} MB`);
}

function isNothing({ plan }: Prospect, { delete: deleting }: SyncOptions): boolean {
  const carried = plan.created.length + plan.updated.length + plan.conflicts.length;
  return carried + (deleting === true ? plan.gone.length : 0) === 0;
}

function report(found: Prospect, options: SyncOptions, { courier }: Pair): void {
  const { plan, unsure } = found;
  const skipped = { ...Object.fromEntries(found.local.skipped), ...Object.fromEntries(found.remote.skipped) };
  if (options.json === true) {
    printJson({ direction: found.direction, courier: courier.name, ...plan, unsure, skipped });
    return;
  }
  for (const { path } of plan.created) printLine(`${paint("green", "+")} ${path}`);
  for (const { path } of plan.updated) printLine(`${paint("yellow", "~")} ${path}`);
  for (const { path, as } of plan.conflicts.filter((each) => !unsure.includes(each.path)))
    printLine(`${paint("magenta", "!")} ${path}: changed on both sides, arrives as ${as}`);
  for (const path of unsure) printLine(`? ${path}: on both sides, only reading it tells whether it is the same`);
  for (const path of plan.gone) {
    const what =
      options.delete === true ? "deleted on the other side" : "deleted on the other side; kept, for want of --delete";
    printLine(`${paint("red", "-")} ${path}: ${what}`);
  }
  for (const path of plan.kept) printLine(`  ${path}: deleted on the other side, but changed here since: kept`);
  for (const path of plan.deletedThere) printLine(`  ${path}: deleted in the bucket: not pushed again`);
  for (const [path, reason] of Object.entries(skipped)) printLine(`  ${path}: not carried, ${reason}`);
}

function summary({ direction, plan }: Prospect, { courier }: Pair, gone: string): string {
  const { created, updated, conflicts } = plan;
  const counts = `${created.length} new, ${updated.length} changed, ${conflicts.length} in conflict`;
  return `${direction} by ${courier.name}: ${counts}, ${plan.gone.length} ${gone}`;
}

/** Throws SYNC_NEEDS_YES. */
async function mayDelete({ plan }: Prospect, { yes }: SyncOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) throw new TenantryError(filesErrors.SYNC_NEEDS_YES, `${plan.gone.length} files`);
  if (await conversation((ask) => agrees(ask, `delete ${plan.gone.length} files, as listed?`))) return true;
  note("nothing is deleted");
  return false;
}
