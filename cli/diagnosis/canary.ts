import { canary, type CanaryReport, type Line } from "../../operations/canary/canary.ts";
import { canaryErrors } from "../../operations/canary/errors.ts";
import { embeddedUrls } from "../../operations/machines/embedded-machines.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { agrees, conversation } from "../../output/conversation.ts";
import { EXIT } from "../../output/exit-codes.ts";
import { note, paint, printJson, printLine, table } from "../../output/terminal.ts";
import { accountsOf } from "../../stack/accounts.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { counted } from "../../output/counted.ts";

/** What a canary creates, costs and how long it takes: the terms that the user confirms. */
const TERMS = `A canary creates one throw-away tenant, uses it to ask each vendor some questions, and removes it again:
  Tigris  6 buckets with a few small objects, 2 access keys, 1 policy
  Turso   1 group in aws-us-east-1, 5 empty databases
  Fly     1 app on a network of its own, 6 machines (shared-cpu-1x, 256 MB), 1 volume of 1 GB, 3 addresses, in iad
All names contain \`-canary-\`. No tenant's data is touched. At list prices of 2026 it costs less than 0.05 USD; plans that
are full may refuse some of it. It takes some minutes. Ctrl-C ends it; it still removes what it created.`;

/** `tenantry doctor --canary`. Throws CANARY_NOT_AGREED without a terminal and without `--yes`. */
export async function runCanary(stack: string, { json, yes }: { json: boolean; yes: boolean }): Promise<void> {
  const context = openStack(stack);
  const accounts = accountsOf(context.settings, context.home, process.env);
  if (!yes && !(await isAgreed(context))) {
    process.exitCode = EXIT.error;
    return;
  }
  const report = await canary({
    context,
    accounts,
    signal: stoppedBySignal(),
    now: () => new Date(),
    urlOf: (app) => urlOf(context, app),
    ...(json ? {} : { tell: (line: Line) => note(`${line.id}: ${line.reply}`) }),
  });
  if (json) printJson(report);
  else printLine(canaryAsText(report));
  if (report.interrupted || report.left.length > 0) process.exitCode = EXIT.error;
}

/** Undefined if the app has no address: if the endpoint replaces Fly, as in tests. */
async function urlOf(context: StackContext, app: string): Promise<string | undefined> {
  const { cloud, flyEndpoint } = context.settings;
  if (cloud === "embedded") return (await embeddedUrls(context)).get(app);
  return /^127\./.test(new URL(flyEndpoint).hostname) ? undefined : `https://${app}.fly.dev`;
}

async function isAgreed({ stack, settings }: StackContext): Promise<boolean> {
  const where = settings.cloud === "real" ? "with real accounts, which cost money" : "on the embedded cloud";
  note(`${TERMS}\nStack ${stack} is ${where}.`);
  if (!process.stdin.isTTY) throw new TenantryError(canaryErrors.CANARY_NOT_AGREED, `stack ${stack}`);
  if (await conversation((ask) => agrees(ask, "continue?"))) return true;
  note("nothing was created");
  return false;
}

/** The first signal stops the questions and starts the removal. After a second one the next canary removes the rest. */
function stoppedBySignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    note("stopping; removing what the canary created …");
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  return controller.signal;
}

const colours = { yes: "green", no: "yellow", other: "magenta" } as const;

/** The report for people: a line per question, then the times, then the questions for a person. */
export function canaryAsText({ lines, paces, byHand, removed, foundAndRemoved, left, ...rest }: CanaryReport): string {
  const answers = lines.map(({ id, asks, reply, said, means, ms }) =>
    [
      `${paint(colours[reply], reply.padEnd(5))} ${paint("bold", id)}  ${asks}`,
      `        ${said}${ms === undefined ? "" : ` (${ms} ms)`}`,
      `        ${means}`,
    ].join("\n"),
  );
  const timed = paces.map(({ what, times, median, longest }) => [what, String(times), `${median} ms`, `${longest} ms`]);
  return [
    ...answers,
    "",
    table(["what", "times", "median", "longest"], timed),
    "",
    "Questions that only you can answer:",
    ...byHand.map(({ id, asks, how }) => `      ${paint("bold", id)}  ${asks}\n        ${how}`),
    "",
    `${rest.interrupted ? "interrupted; " : ""}${rest.seconds} s; ${counted(removed.length, "thing")} created and removed`,
    ...(foundAndRemoved.length === 0
      ? []
      : [`${counted(foundAndRemoved.length, "thing")} of an earlier canary removed`]),
    ...left.map(({ kind, name, why }) => `${paint("red", "left")}  ${kind} ${name}: ${why}`),
  ].join("\n");
}
