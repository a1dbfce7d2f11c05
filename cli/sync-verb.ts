import { existsSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { byteSize } from "../output/byte-size.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { EXIT } from "../output/exit-codes.ts";
import { jsonOption, stackOption } from "./options.ts";
import { makeFolder } from "../stack/made-folder.ts";
import { openStack } from "../stack/context.ts";
import { printable } from "../output/printable.ts";
import { during, type Tell } from "../output/progress.ts";
import { note, paint, printJson, printLine } from "../output/terminal.ts";
import { clientFor } from "../operations/files/access-client.ts";
import { filesErrors } from "../operations/files/errors.ts";
import type { BucketAccess } from "../operations/files/key-forms.ts";
import { openBucketAccess } from "../operations/files/bucket-access.ts";
import { notCarried } from "../operations/files/live/patient-rounds.ts";
import { alone } from "../operations/files/sync/folder-lock.ts";
import { IGNORE_FILE } from "../operations/files/sync/ignored-names.ts";
import type { Pair, PlannedSync, Problems } from "../operations/files/sync/planned-sync.ts";
import { rcloneEngine } from "../operations/files/sync/rclone-engine.ts";
import { sdkEngine } from "../operations/files/sync/sdk-engine.ts";
import { carryOut, look, memoryOf, planned } from "../operations/files/sync/sync.ts";
import { forgotten, type SyncMemory } from "../operations/files/sync/sync-memory.ts";
import type { Direction } from "../operations/files/sync/sync-plan.ts";
import { counted } from "../output/counted.ts";

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
    .argument("<tenant>", "the tenant's id")
    .argument("<dir>", "the folder on this computer")
    .addOption(new Option("--name <name>", "owner of the key; default: the only entry under `access`"))
    .addOption(new Option("--dry-run", "only show what would be done; exit code 2 when there is something"))
    .addOption(new Option("--delete", "also delete files that were deleted on the other side, after showing them"))
    .addOption(new Option("-y, --yes", "do not ask before deleting"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action((id: string, folder: string, options: SyncOptions) => sync(direction, id, resolve(folder), options));
}

async function sync(direction: Direction, id: string, dir: string, options: SyncOptions): Promise<void> {
  const context = openStack(options.stack);
  if (direction === "push" && !(existsSync(dir) && statSync(dir).isDirectory()))
    throw new TenantryError(filesErrors.SYNC_FOLDER_MISSING, `no folder ${printable(dir)}`);
  const what = `${direction} of ${id}`;
  const access = await during(what, () => openBucketAccess(context, id, options.name));
  if (direction === "push" && access.key.mode === "read-only")
    throw new TenantryError(filesErrors.KEY_READ_ONLY, `the key ${access.key.name} is read-only`, { tenant: id });
  if (direction === "push" && access.caution !== undefined) note(access.caution);
  const pair = await pairOf(dir, access);
  if (options.dryRun === true) {
    const found = await during(what, (tell) => compared(withProgress(pair, tell), direction, remembered(pair), true));
    report(found, options, pair);
    if (options.json !== true) printLine(`dry run of ${summary(found, pair, "gone")}`);
    refuseWhatIsLeft(found, new Map(), pair);
    process.exitCode = isNothing(found, options) ? EXIT.ok : EXIT.changes;
    return;
  }
  makeFolder(dir);
  await alone(dir, async () => {
    const memory = remembered(pair);
    try {
      await carry(pair, direction, options, memory);
    } finally {
      memory.flush();
    }
  });
}

async function compared(pair: Pair, direction: Direction, memory: SyncMemory, dryRun: boolean): Promise<PlannedSync> {
  return planned(pair, await look(pair, memory), direction, { dryRun });
}

function withProgress(pair: Pair, tell: Tell): Pair {
  return { ...pair, onProgress: (bytes) => tell(byteSize(bytes)) };
}

/** Says so when what was remembered is lost. */
function remembered(pair: Pair): SyncMemory {
  const memory = memoryOf(pair);
  if (memory.damage !== undefined) note(forgotten(memory.damage));
  return memory;
}

async function carry(pair: Pair, direction: Direction, options: SyncOptions, memory: SyncMemory): Promise<void> {
  const what = `${direction} of ${pair.access.tenant}`;
  const found = await during(what, (tell) => compared(withProgress(pair, tell), direction, memory, false));
  report(found, options, pair);
  const deleting = options.delete === true && found.plan.gone.length > 0 && (await mayDelete(found, options));
  const problems = await during(what, (tell) => carryOut(withProgress(pair, tell), found, { deleting }));
  if (options.json !== true) printLine(summary(found, pair, deleting ? "deleted" : "gone"));
  refuseWhatIsLeft(found, problems, pair);
  if (found.plan.conflicts.length > 0) process.exitCode = EXIT.changes;
}

/** Throws SYNC_TRANSFER_FAILED for what failed, and SYNC_NOT_ALL_CARRIED for what is never carried. */
function refuseWhatIsLeft({ plan }: PlannedSync, problems: Problems, { access }: Pair): void {
  const { tenant } = access;
  const refused = plan.refused.map(({ path, reason }) => notCarried(path, reason));
  const failed = [...problems].map(([path, reason]) => `${printable(path)}: ${printable(reason)}`);
  if (failed.length > 0)
    throw new TenantryError(filesErrors.SYNC_TRANSFER_FAILED, [...failed, ...refused].join("\n  "), { tenant });
  if (refused.length > 0) throw new TenantryError(filesErrors.SYNC_NOT_ALL_CARRIED, refused.join("\n  "), { tenant });
}

async function pairOf(dir: string, access: BucketAccess): Promise<Pair> {
  const client = await clientFor(access);
  const hasRclone = (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "rclone")));
  const sdk = sdkEngine(client, access.key.bucket);
  const engine = hasRclone ? rcloneEngine(access, process.env, sdk) : sdk;
  return { dir, access, client, engine, onProgress: () => undefined };
}

function isNothing({ plan }: PlannedSync, { delete: deleting }: SyncOptions): boolean {
  const carried = plan.created.length + plan.updated.length + plan.conflicts.length;
  return carried + (deleting === true ? plan.gone.length : 0) === 0;
}

function report(found: PlannedSync, options: SyncOptions, { engine }: Pair): void {
  const { plan, unsure } = found;
  if (options.json === true) {
    const ignored = [...new Set([...found.local.ignored, ...found.remote.ignored])].sort();
    printJson({ direction: found.direction, engine: engine.name, ...plan, unsure, skipped: skippedOf(found), ignored });
    return;
  }
  for (const line of linesOf(found, options.delete === true)) printLine(line);
}

/** What is done to each path, a line each: a path that holds a line break or a control character does not leave its line. */
export function linesOf(found: Pick<PlannedSync, "plan" | "unsure" | "local" | "remote">, deleting: boolean): string[] {
  const { plan, unsure } = found;
  const ignored = [...new Set([...found.local.ignored, ...found.remote.ignored])].sort();
  const gone = `deleted on the other side${deleting ? "" : "; kept, because --delete is not given"}`;
  const of = (paths: readonly string[], mark: string, what: string) =>
    paths.map((path) => `${mark} ${printable(path)}${what === "" ? "" : `: ${what}`}`);
  const pathsOf = (transfers: readonly { readonly path: string }[]) => transfers.map(({ path }) => path);
  const conflicts = plan.conflicts.filter(({ path }) => !unsure.includes(path));
  return [
    ...of(pathsOf(plan.created), paint("green", "+"), ""),
    ...of(pathsOf(plan.updated), paint("yellow", "~"), ""),
    ...conflicts.flatMap(({ path, as }) =>
      of([path], paint("magenta", "!"), `changed on both sides, arrives as ${printable(as)}`),
    ),
    ...of(unsure, "?", "on both sides, must be read to compare"),
    ...of(plan.gone, paint("red", "-"), gone),
    ...of(plan.kept, " ", "deleted on the other side, but changed here since: kept"),
    ...of(plan.deletedThere, " ", "deleted in the bucket: not pushed again"),
    ...Object.entries(skippedOf(found)).map(([path, reason]) => `  ${notCarried(path, reason)}`),
    ...(ignored.length > 0
      ? [`  ignored, by the defaults or ${IGNORE_FILE}: ${ignored.map(printable).join(", ")}`]
      : []),
  ];
}

/** All that is not carried, of both sides, by path. */
function skippedOf({
  local,
  remote,
  plan,
}: Pick<PlannedSync, "plan" | "local" | "remote">): Readonly<Record<string, string>> {
  const listed = [...local.skipped, ...remote.skipped].map(([path, { reason }]) => [path, reason] as const);
  return Object.fromEntries([...listed, ...plan.refused.map(({ path, reason }) => [path, reason] as const)]);
}

function summary({ direction, plan }: PlannedSync, { engine }: Pair, gone: string): string {
  const { created, updated, conflicts } = plan;
  const counts = `${created.length} new, ${updated.length} changed, ${conflicts.length} in conflict`;
  return `${direction} by ${engine.name}: ${counts}, ${plan.gone.length} ${gone}`;
}

/** Throws SYNC_NEEDS_YES. */
async function mayDelete({ plan }: PlannedSync, { yes }: SyncOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) throw new TenantryError(filesErrors.SYNC_NEEDS_YES, counted(plan.gone.length, "file"));
  if (await conversation((ask) => agrees(ask, `delete ${counted(plan.gone.length, "file")}, as listed?`))) return true;
  note("nothing is deleted");
  return false;
}
