import { Command, Option } from "commander";

import type { Cut } from "../operations/history/entry.ts";
import { byteSize } from "../output/byte-size.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";
import { type Listed, listCuts, snapshotTenant } from "../operations/snapshots/of-tenant.ts";

/** `tenantry snapshot TENANT`: files and rows at one instant, noted in the history. */
export function command(): Command {
  return new Command("snapshot")
    .description(
      "Take a snapshot of a tenant's files and rows at one instant, and note it in the history. The database refuses writes " +
        "while the bucket's snapshot is taken; it prints for how long. Needs `storage.snapshots: true`.",
    )
    .argument("<tenant>", "the tenant's id")
    .addOption(new Option("--list", "list the snapshots in the history, and whether Tigris still has each"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

interface SnapshotOptions {
  readonly stack: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

async function run(id: string, { stack, list, json }: SnapshotOptions): Promise<void> {
  const context = openStack(stack);
  if (list === true) {
    const found = await during(`snapshots of ${id}`, () => interruptible((signal) => listCuts(context, id, signal)));
    if (json === true) printJson(found);
    else if (found.length === 0) printLine(`${id} has no snapshot`);
    else for (const each of found) printLine(listed(each));
    return;
  }
  const cut = await during(`snapshot of ${id}`, () => interruptible((signal) => snapshotTenant(context, id, signal)));
  if (json === true) printJson(cut);
  else printLine(taken(id, cut));
  note(`bring back from it: npx tenantry restore ${id} --at ${cut.at} --dry-run`);
}

function taken(id: string, { at, version, bytes, database, fencedMs }: Cut): string {
  const rows =
    database === null ? "no database" : `database ${sized(database.bytes)}, without writes for ${fencedMs} ms`;
  return `snapshot of ${id} at ${at}: files ${sized(bytes)} (version ${version}); ${rows}`;
}

function listed({ at, version, bytes, database, isThere }: Listed): string {
  const sizes = `files ${sized(bytes)}${database === null ? "" : `, database ${sized(database.bytes)}`}`;
  return `${at}  ${sizes}  version ${version}${isThere ? "" : "  gone at Tigris"}`;
}

function sized(bytes: number | null): string {
  return bytes === null ? "of unknown size" : byteSize(bytes);
}
