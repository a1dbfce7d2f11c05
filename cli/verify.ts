import { randomBytes } from "node:crypto";

import { Command, InvalidArgumentError, Option } from "commander";

import { TenantryError } from "../errors/tenantry-error.ts";
import { asText } from "../operations/verify/as-text.ts";
import { verifyErrors } from "../operations/verify/errors.ts";
import { requestsOf, verifyStack } from "../operations/verify/of-stack.ts";
import type { VerifyReport } from "../operations/verify/report.ts";
import { recordedTenants } from "../operations/engine/recorded-tenants.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { during } from "../output/progress.ts";
import { note, printJson, printLine } from "../output/terminal.ts";
import { accountsOf } from "../stack/accounts.ts";
import { openStack, type StackContext } from "../stack/context.ts";
import { duration } from "../tenants/model/duration.ts";
import { jsonOption, stackOption, yesOption } from "./options.ts";
import { atOption } from "./restore.ts";
import { tryRestore, tryRestores } from "./verify-restore.ts";
import { counted } from "../output/counted.ts";

/** `tenantry verify`: isolation attacked; or a restore tried. */
export function command(): Command {
  return new Command("verify")
    .description(
      "Attack the isolation: try every credential of every tenant on every resource of every other tenant. " +
        "Above 20 tenants it tries a sample. Exit code 0: all as expected; 1: something is unclear; 2: an attempt got through. " +
        "With --restore: test one tenant's last snapshot instead, or that of all tenants with --all. It restores the snapshot into " +
        "temporary resources, checks it, and removes them; exit code 2: something is missing or damaged.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addOption(new Option("--seed <text>", "seed of the sample above 20 tenants; default: random"))
    .addOption(new Option("--restore [tenant]", "test-restore this tenant's last snapshot").conflicts("seed"))
    .addOption(atOption())
    .addOption(new Option("--all", "with --restore: of every tenant that has one").conflicts("at"))
    .addOption(
      new Option("--due <span>", "with --restore: of each whose last good test is as old, like `7d`")
        .conflicts(["at", "all"])
        .argParser(spanOf),
    )
    .addOption(yesOption("do not ask; on a real account it asks first"))
    .action(run);
}

interface VerifyOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly seed?: string;
  readonly restore?: string | true;
  readonly all?: boolean;
  readonly due?: string;
  readonly at?: Date;
  readonly yes?: boolean;
}

/** A duration as tenant files have it. */
function spanOf(text: string): string {
  const parsed = duration("1h", "3660d", "7d or 12h").safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? "");
}

async function run(options: VerifyOptions, verb: Command): Promise<void> {
  const { stack, json, seed, restore, at, all, due, yes } = options;
  const isOfMany = all === true || due !== undefined;
  if (typeof restore !== "string" && at !== undefined) verb.error("verify: --at goes with --restore <tenant>");
  if (isOfMany && restore !== true) verb.error("verify: --all and --due go with --restore, without a tenant");
  if (restore === true && !isOfMany) verb.error("verify: --restore takes a tenant, --all or --due <span>");
  const context = openStack(stack);
  if (typeof restore === "string") {
    await tryRestore(context, restore, { at, json: json === true });
    return;
  }
  if (restore === true) {
    await tryRestores(context, { span: due, json: json === true });
    return;
  }
  const accounts = accountsOf(context.settings, context.home, process.env);
  if (context.settings.cloud === "real" && yes !== true && !(await isAgreed(context))) {
    process.exitCode = EXIT.error;
    return;
  }
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  const report = await during(`isolation of ${stack}`, (tell) =>
    verifyStack({
      context,
      accounts,
      seed: seed ?? randomBytes(4).toString("hex"),
      now: () => new Date(),
      signal: controller.signal,
      tell,
    }),
  );
  if (json === true) printJson(report);
  else printLine(asText(report));
  process.exitCode = controller.signal.aborted ? EXIT.error : exitCodeOf(report);
}

/** What got through weighs more than what is unclear. */
export function exitCodeOf({ through, unclear, left }: Pick<VerifyReport, "through" | "unclear" | "left">): ExitCode {
  if (through > 0) return EXIT.changes;
  return unclear > 0 || left.length > 0 ? EXIT.error : EXIT.ok;
}

/** At Tigris' dearest list price of 2026, as if each request were a PUT. */
const USD_PER_REQUEST = 0.01 / 1000;

async function isAgreed(context: StackContext): Promise<boolean> {
  const tenants = [...(await recordedTenants(context)).values()].filter(({ state }) => state === "active").length;
  const requests = requestsOf(tenants);
  note(`Verify attacks ${counted(tenants, "tenant")} of ${context.stack} with their own credentials: at most ${requests} requests, less than
${(requests * USD_PER_REQUEST + 0.01).toFixed(2)} USD at list prices of 2026. With the operator's token it only reads the list of apps. It puts one small file
into each bucket (.tenantry-verify/…) and one table into each database (tenantry_verify_…), and removes both. It reverts
every attack that succeeds; it uses no name, file or row of a tenant.`);
  if (!process.stdin.isTTY) throw new TenantryError(verifyErrors.VERIFY_NOT_AGREED, `stack ${context.stack}`);
  if (await conversation((ask) => agrees(ask, "continue?"))) return true;
  note("nothing was attacked");
  return false;
}
