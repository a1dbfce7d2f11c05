import { writeFileSync } from "node:fs";

import { Command, Option } from "commander";

import { declaredFleet } from "./declared-fleet.ts";
import { EXIT } from "./exit-codes.ts";
import { jsonOption, stackOption } from "./options.ts";
import { refuseRemovedTenants } from "./removed-tenants.ts";
import { asMarkdown } from "./review/as-markdown.ts";
import { asText } from "./review/as-text.ts";
import { type Review, review } from "./review/changes.ts";
import { previewDigest } from "./review/preview.ts";
import { exitCodeOf } from "./review/summary.ts";
import { openStack, type StackContext } from "./stack-context.ts";
import { printJson, printLine } from "./terminal.ts";

/** `tenantry plan`: what `up` would do. Changes nothing anywhere. */
export function command(): Command {
  return new Command("plan")
    .description(
      "What `up` would do, tenant by tenant. Exit code 0: nothing; 2: changes; 3: a destruction that no file declares.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--markdown <file>", "also write it as a comment for a pull request"))
    .addOption(new Option("--no-refresh", "compare with the last known state only, without asking the vendors"))
    .action(plan);
}

interface PlanOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly refresh: boolean;
}

async function plan(options: PlanOptions): Promise<void> {
  publishReview(await planOf(openStack(options.stack), options), options);
}

/** What `up` would do with this stack. Throws TENANT_FILE_REMOVED, TENANT_FILES_INVALID, PULUMI_FAILED. */
export async function planOf(context: StackContext, { refresh }: { readonly refresh: boolean }): Promise<Review> {
  await refuseRemovedTenants(context);
  const digest = await previewDigest(context, ["preview", ...(refresh ? ["--refresh"] : [])]);
  const purged = declaredFleet(context).tenants.filter(({ state }) => state === "purged");
  return review(context.stack, "plan", digest, new Set(purged.map(({ id }) => id)));
}

/** Prints a review in the asked-for forms and sets the exit code. */
export function publishReview(found: Review, { json, markdown }: { json?: boolean; markdown?: string }): void {
  if (markdown !== undefined) writeFileSync(markdown, asMarkdown(found));
  if (json === true) printJson(found);
  else printLine(asText(found));
  process.exitCode = exitCodeOf(found);
  if (found.errors.length > 0) process.exitCode = EXIT.error;
}
