import { Command, Option } from "commander";

import { jsonOption, stackOption } from "./options.ts";
import { publishReview } from "./plan.ts";
import { review } from "./review/changes.ts";
import { previewDigest } from "./review/preview.ts";
import { openStack } from "./stack-context.ts";

/** `tenantry drift`: what differs between the state and the vendors. Reads only; takes no lock. */
export function command(): Command {
  return new Command("drift")
    .description("What was changed behind our back. Reads only. Exit code 0: none; 2: drift.")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--markdown <file>", "also write it as Markdown"))
    .action(drift);
}

async function drift(options: { stack: string; json?: boolean; markdown?: string }): Promise<void> {
  const context = openStack(options.stack);
  const digest = await previewDigest(context, ["refresh", "--preview-only"]);
  publishReview(review(context.stack, "drift", digest), options);
}
