import { Argument, Command } from "commander";

import type { BucketAddress } from "../operations/handover/bucket-address.ts";
import { importTenant } from "../operations/handover/import.ts";
import { counted } from "../output/counted.ts";
import { byteSize } from "../output/byte-size.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { type BucketOptions, bucketOptions, folderOrAddress, placeOf } from "./export-place.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";

/** `tenantry import TENANT FROM`: an export into a tenant that has no data yet. */
export function command(): Command {
  const verb = new Command("import")
    .description(
      "Import an export into an existing tenant without data, of this stack or another. It first checks the export against " +
        "its manifest. It overwrites nothing. Run it again to continue after an interruption.",
    )
    .argument("<tenant>", "the tenant that gets the data")
    .addArgument(
      new Argument("<from>", "the folder of an export, or s3://BUCKET/PREFIX").argParser<string | BucketAddress>(
        folderOrAddress,
      ),
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
  return bucketOptions().reduce((all, option) => all.addOption(option), verb);
}

interface ImportOptions extends BucketOptions {
  readonly stack: string;
  readonly json?: boolean;
}

async function run(id: string, from: string | BucketAddress, options: ImportOptions): Promise<void> {
  keepHeapSmall();
  const { stack, json } = options;
  const context = openStack(stack);
  const place = await placeOf(from, options);
  const found = await during(`import into ${id}`, (tell) =>
    interruptible((signal) => importTenant(context, id, place, { tell, signal })),
  );
  if (json === true) {
    printJson(found);
    return;
  }
  const { objects, bytes, rows } = found;
  const count = Object.values(rows ?? {}).reduce((sum, each) => sum + each, 0);
  printLine(
    `imported ${found.from.tenant} of ${found.from.stack} into ${id}: ${counted(objects, "object")}, ${byteSize(bytes)}, ${counted(count, "row")}`,
  );
}
