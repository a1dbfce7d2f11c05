import { resolve } from "node:path";

import { Command, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { handoverErrors } from "../operations/handover/errors.ts";
import { type Exported, exportTenant } from "../operations/handover/export.ts";
import { verifyExport } from "../operations/handover/verify.ts";
import { counted } from "../output/counted.ts";
import { byteSize } from "../output/byte-size.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";

/** `tenantry export TENANT DIR`: everything a tenant has, in a folder, with a manifest of checksums. */
export function command(): Command {
  return new Command("export")
    .description(
      "Write everything a tenant has into a folder: all files, the database as it is at one instant (SQLite and SQL), " +
        "its settings and its history, and a manifest of checksums. Called again it fetches only what is missing or has " +
        "changed. The folder then holds the tenant's data: keep it as such.",
    )
    .argument("<tenant>", "the tenant's id")
    .argument("<dir>", "an empty folder, or that of an earlier export of this tenant")
    .addOption(new Option("--verify", "only hold the files in the folder against their manifest; calls no vendor"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

interface ExportOptions {
  readonly stack: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

async function run(id: string, folder: string, options: ExportOptions): Promise<void> {
  keepHeapSmall();
  const dir = resolve(folder);
  if (options.verify === true) {
    await verify(id, dir, options);
    return;
  }
  const context = openStack(options.stack);
  const found = await during(`export of ${id}`, (tell) =>
    interruptible((signal) => exportTenant(context, id, dir, { tell, signal, now: () => new Date() })),
  );
  if (options.json === true) printJson(found);
  else for (const line of linesOf(found)) printLine(line);
  note(`the folder holds ${id}'s data; hold it against its manifest: npx tenantry export ${id} ${folder} --verify`);
}

async function verify(id: string, dir: string, { json }: ExportOptions): Promise<void> {
  const { head, end, sha256 } = await during(`export of ${id}`, (tell) => verifyExport(dir, tell));
  if (head.tenant !== id)
    throw new TenantryError(handoverErrors.EXPORT_OF_ANOTHER, `${dir} holds ${head.tenant} of ${head.stack}`, {
      tenant: id,
    });
  const { objects, bytes, rows } = end;
  if (json === true) {
    printJson({ stack: head.stack, tenant: head.tenant, startedAt: head.startedAt, objects, bytes, rows, sha256 });
    return;
  }
  printLine(`${head.tenant} of ${head.stack}, exported ${head.startedAt}: every file is as its manifest says`);
  printLine(countsOf({ objects, bytes, rows }));
  printLine(`  manifest  sha256 ${sha256}`);
}

function linesOf(found: Exported): string[] {
  return [
    `exported ${found.tenant}`,
    countsOf(found),
    `  manifest  ${found.manifest}`,
    `            sha256 ${found.sha256}`,
  ];
}

function countsOf({ objects, bytes, rows }: Pick<Exported, "objects" | "bytes" | "rows">): string {
  const counts = Object.values(rows ?? {});
  const database =
    rows === null
      ? "no database"
      : `${counted(counts.length, "table")}, ${counted(
          counts.reduce((sum, each) => sum + each, 0),
          "row",
        )}`;
  return `  ${counted(objects, "object")}, ${byteSize(bytes)}; ${database}`;
}
