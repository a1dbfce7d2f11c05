import { resolve } from "node:path";

import { Command } from "commander";

import { importTenant } from "../operations/handover/import.ts";
import { counted } from "../output/counted.ts";
import { byteSize } from "../output/byte-size.ts";
import { during } from "../output/progress.ts";
import { printJson, printLine } from "../output/terminal.ts";
import { openStack } from "../stack/context.ts";
import { keepHeapSmall } from "../processes/small-heap.ts";
import { interruptible } from "./interruptible.ts";
import { jsonOption, stackOption } from "./options.ts";

/** `tenantry import TENANT DIR`: an export into a tenant that has no data yet. */
export function command(): Command {
  return new Command("import")
    .description(
      "Bring an export into a tenant that exists and has no data yet, of this stack or another. The export is held against " +
        "its manifest first; nothing that is there is written over. Called again it goes on where it stopped.",
    )
    .argument("<tenant>", "who gets the data")
    .argument("<dir>", "the folder of an export")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(run);
}

async function run(id: string, folder: string, { stack, json }: { stack: string; json?: boolean }): Promise<void> {
  keepHeapSmall();
  const context = openStack(stack);
  const found = await during(`import into ${id}`, (tell) =>
    interruptible((signal) => importTenant(context, id, resolve(folder), { tell, signal })),
  );
  if (json === true) {
    printJson(found);
    return;
  }
  const { objects, bytes, rows, from } = found;
  const count = Object.values(rows ?? {}).reduce((sum, each) => sum + each, 0);
  printLine(
    `imported ${from.tenant} of ${from.stack} into ${id}: ${counted(objects, "object")}, ${byteSize(bytes)}, ${counted(count, "row")}`,
  );
}
