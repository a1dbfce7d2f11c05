import { resolve } from "node:path";

import { Command, Option } from "commander";

import type { BucketAddress } from "../operations/handover/bucket-address.ts";
import type { ExportPlace } from "../operations/handover/export-place.ts";
import { folderPlace } from "../operations/handover/folder-place.ts";

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
import { type BucketOptions, bucketOptions, placeInBucket, s3Address } from "./export-place.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";

/** `tenantry export TENANT DIR`: everything a tenant has, in a folder or a bucket, with a manifest of checksums. */
export function command(): Command {
  const verb = new Command("export")
    .description(
      "Export a tenant to a folder or to a bucket of your team: all files, the database at one instant (SQLite and SQL), " +
        "settings, history, and a manifest of checksums. A second run fetches only what is missing or changed. " +
        "The folder or bucket then holds the tenant's data: protect it.",
    )
    .argument("<tenant>", "the tenant's id")
    .argument(
      "[dir]",
      "an empty folder, or an earlier export of this tenant; with --to: a temporary folder for the database",
    )
    .addOption(
      new Option("--to <s3-address>", "stream the export to s3://BUCKET/PREFIX, a bucket of your team").argParser(
        s3Address,
      ),
    );
  for (const option of bucketOptions()) verb.addOption(option);
  return verb
    .addOption(new Option("--versions", "include older versions of files; needs `storage.snapshots`"))
    .addOption(new Option("--verify", "only check the export against its manifest, without calls to the vendors"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

interface ExportOptions extends BucketOptions {
  readonly stack: string;
  readonly to?: BucketAddress;
  readonly versions?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

async function run(id: string, folder: string | undefined, options: ExportOptions, verb: Command): Promise<void> {
  keepHeapSmall();
  const place = await placeNamed(folder, options);
  if (place === undefined) verb.error("export: name a folder, or a bucket by --to");
  if (options.verify === true) {
    await verify(id, place, options);
    return;
  }
  const { stack, versions = false } = options;
  const context = openStack(stack);
  const found = await during(`export of ${id}`, (tell) =>
    interruptible((signal) => exportTenant(context, id, place, { tell, signal, now: () => new Date(), versions })),
  );
  if (options.json === true) printJson(found);
  else for (const line of linesOf(found)) printLine(line);
  const named = options.to === undefined ? folder : `--to ${place.name}${bucketWords(options)}`;
  note(`it contains ${id}'s data; check it against its manifest: npx tenantry export ${id} ${named} --verify`);
}

async function placeNamed(folder: string | undefined, options: ExportOptions): Promise<ExportPlace | undefined> {
  if (options.to !== undefined) return placeInBucket(options.to, options, folder);
  return folder === undefined ? undefined : folderPlace(resolve(folder));
}

/** The options of a bucket as they are typed. */
function bucketWords({ endpoint, profile, pathStyle }: BucketOptions): string {
  return [
    endpoint === undefined ? "" : ` --endpoint ${endpoint}`,
    profile === undefined ? "" : ` --profile ${profile}`,
    pathStyle === true ? " --path-style" : "",
  ].join("");
}

async function verify(id: string, place: ExportPlace, { json }: ExportOptions): Promise<void> {
  const { head, end, sha256 } = await during(`export of ${id}`, (tell) => verifyExport(place, tell));
  if (head.tenant !== id)
    throw new TenantryError(handoverErrors.EXPORT_OF_ANOTHER, `${place.name} holds ${head.tenant} of ${head.stack}`, {
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
