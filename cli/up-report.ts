import { isWell } from "../operations/engine/deploy.ts";
import type { Result, TenantOutcome } from "../operations/engine/deployment-events.ts";
import { groupedErrors, whomInWords } from "../operations/engine/grouped-errors.ts";
import { SHARED } from "../operations/engine/steps.ts";
import { printableLines } from "../output/printable.ts";
import { inColour } from "../output/state-words.ts";
import { note, paint, printLine, table } from "../output/terminal.ts";
import type { StackContext } from "../stack/context.ts";
import { counted } from "../output/counted.ts";

/** Prints how each tenant fared, and what to do next. What is unchanged is only counted. */
export function report(context: StackContext, outcomes: readonly TenantOutcome[]): void {
  const tenants = outcomes.filter(({ tenant }) => tenant !== SHARED);
  const calm = tenants.filter((outcome) => doneLine(outcome) === UNCHANGED && outcome.errors.length === 0);
  const told = tenants.filter((outcome) => !calm.includes(outcome));
  const rows = told.map((outcome) => [outcome.tenant, doneLine(outcome), inColour(outcome.result)]);
  if (rows.length > 0) printLine(table(["tenant", "done", ""], rows));
  for (const line of unchangedLine(calm.map(({ tenant }) => tenant))) printLine(line);
  for (const { tenant, warnings } of outcomes) for (const warning of warnings) note(`${tenant}: ${warning}`);
  for (const block of errorBlocks(outcomes)) printLine(`\n${block}`);
  if (!isWell(outcomes)) printLine(`\n${nextLine(context, outcomes)}`);
}

function nextLine({ stack }: StackContext, outcomes: readonly TenantOutcome[]): string {
  const of = (result: Result) =>
    outcomes.flatMap((outcome) => (outcome.result === result && outcome.tenant !== SHARED ? [outcome.tenant] : []));
  const named = (["failed", "interrupted", "untouched"] as const).flatMap((result) =>
    of(result).length === 0 ? [] : [`${result}: ${of(result).join(", ")}`],
  );
  const whom = named.length === 0 ? "" : `${named.join("; ")}; the others are as declared. `;
  const again = `run \`npx tenantry up --stack ${stack}\` again to continue.`;
  const hasFailed = outcomes.some(({ errors }) => errors.length > 0);
  return `${whom}${hasFailed ? `Fix the cause and ${again}` : again.replace(/^r/, "R")}`;
}

const UNCHANGED = "unchanged";

function doneLine({ done, open, result }: TenantOutcome): string {
  const words = { create: "created", update: "updated", replace: "replaced", rotate: "rotated", delete: "deleted" };
  const parts = Object.entries(done).filter(([, count]) => count > 0);
  const told = [
    ...parts.map(([action, count]) => `${count} ${words[action as keyof typeof words]}`),
    ...open.map((what) => `${what} under way`),
  ];
  if (told.length > 0) return told.join(", ");
  return result === "ok" ? UNCHANGED : "nothing";
}

/** How many unchanged tenants are named. */
const NAMED = 5;

/** `unchanged: 37 tenants`, or their names while they are few; empty when there is none. Pure. */
export function unchangedLine(tenants: readonly string[]): string[] {
  if (tenants.length === 0) return [];
  return [
    tenants.length <= NAMED ? `unchanged: ${tenants.join(", ")}` : `unchanged: ${counted(tenants.length, "tenant")}`,
  ];
}

/** Each cause once, with the tenants it has hit. */
export function errorBlocks(
  outcomes: readonly { readonly tenant: string; readonly errors: readonly string[] }[],
): string[] {
  return groupedErrors(outcomes).map(
    ({ message, tenants }) => `${paint("red", `${whomInWords(tenants)}:`)}\n${printableLines(message)}`,
  );
}
