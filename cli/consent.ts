import { TenantryError } from "../errors/tenantry-error.ts";
import { agrees, conversation } from "../output/conversation.ts";
import { EXIT } from "../output/exit-codes.ts";
import { note, printLine } from "../output/terminal.ts";
import { cliErrors } from "./errors.ts";

/** What is asked before something is deleted. */
export interface Deletion {
  /** Where it is, for the error: nothing of it was deleted. */
  readonly of: string;
  /** What goes, line by line. */
  readonly lines: readonly string[];
  readonly question: string;
}

/** Whether somebody at a terminal agrees, or `--yes` did. Throws UNATTENDED where nobody can be asked. */
export async function isAgreed(
  { of, lines, question }: Deletion,
  { yes, json }: { readonly yes?: boolean; readonly json?: boolean },
): Promise<boolean> {
  if (yes === true) return true;
  const isHere = process.stdin.isTTY && process.stdout.isTTY && json !== true && (process.env["CI"] ?? "") === "";
  if (!isHere) throw new TenantryError(cliErrors.UNATTENDED, `nothing of ${of} was deleted`);
  for (const line of lines) printLine(line);
  printLine();
  if (await conversation((ask) => agrees(ask, question))) return true;
  note("nothing was deleted");
  process.exitCode = EXIT.error;
  return false;
}
