import type { Client } from "@libsql/client";

import { shownWords } from "../../output/shown.ts";
import type { OneOffEnd } from "../../provider/fly/one-off-machine.ts";
import type { Script } from "../../tenants/schemas/migration.ts";
import { counted } from "../../output/counted.ts";

/** What a database answers to one query of an app's own check. */
export type CheckAnswer =
  | { readonly rows: number; readonly text: string }
  /** It cannot be asked: it names what is not there, for one. */
  | { readonly error: string };

/** Asks every query of a check, one after the other. None where there is no check. */
export async function checkAnswers(client: Client, check: Script | undefined): Promise<readonly CheckAnswer[]> {
  const answers: CheckAnswer[] = [];
  for (const { sql } of check?.statements ?? []) answers.push(await answerTo(client, sql));
  return answers;
}

async function answerTo(client: Client, sql: string): Promise<CheckAnswer> {
  try {
    const { columns, rows } = await client.execute(sql);
    const values = rows.map((row) => columns.map((_, at) => row[at]));
    return { rows: rows.length, text: JSON.stringify(values, plain) };
  } catch (error) {
    return { error: shownWords(error instanceof Error ? error.message : String(error)).slice(0, 200) };
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { integer: value.toString() };
  return value instanceof ArrayBuffer ? { blob: Buffer.from(value).toString("base64") } : value;
}

/**
 * What an app's own check has against a migration: a query answers otherwise than before; or one that could not be asked before,
 * because it names what the migration makes, finds something. Tells places and numbers of rows, nothing that is in them. Pure.
 */
export function checkProblem(
  check: Script | undefined,
  before: readonly CheckAnswer[],
  after: readonly CheckAnswer[],
): string | undefined {
  const problems = (check?.statements ?? []).flatMap(({ line }, at) => {
    const problem = problemOf(before[at], after[at]);
    return problem === undefined ? [] : [`${check?.file ?? ""}:${line}: ${problem}`];
  });
  return problems.length === 0 ? undefined : problems.join("; ");
}

function problemOf(before: CheckAnswer | undefined, after: CheckAnswer | undefined): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  if ("error" in after) return `cannot run after the migration: ${after.error}`;
  if ("error" in before) return after.rows === 0 ? undefined : `finds ${counted(after.rows, "row")}; expected none`;
  return after.text === before.text
    ? undefined
    : `has another result than before the migration (${counted(before.rows, "row")} before, ${after.rows} after)`;
}

/**
 * What an app's own check, a command, has against a migration: it ends with another code than 0, or prints otherwise than before.
 * What it prints is compared by its hash and not shown. Pure.
 */
export function commandProblem(before: OneOffEnd, after: OneOffEnd): string | undefined {
  const failure = checkFailure(after, "after the migration");
  return (
    failure ??
    (after.digest === before.digest ? undefined : "the check prints another result than before the migration")
  );
}

/** Undefined: it has ended with 0. Pure. */
export function checkFailure({ exitCode, lastLines }: OneOffEnd, when: string): string | undefined {
  if (exitCode === 0) return undefined;
  const said = lastLines === "" ? "" : `; its last lines:\n${lastLines}`;
  return `the check ends with ${exitCode} ${when}${said}`.replaceAll("\n", "\n    ");
}
