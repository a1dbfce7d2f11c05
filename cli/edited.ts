import { note, printJson, printLine } from "../output/terminal.ts";
import type { StackContext } from "../stack/context.ts";

/** What a verb wrote into the file of a tenant: for people, and for programs. */
export interface Edited {
  readonly tenant: string;
  /** `epoch 2`, `suspended`. */
  readonly words: string;
  readonly document: object;
}

/**
 * Says which files were edited, and how to apply that. With --apply the one document that is printed is that of `up`, which
 * follows.
 */
export function sayEdited(
  { stack }: StackContext,
  edited: readonly Edited[],
  { json, apply }: { readonly json?: boolean; readonly apply?: boolean },
): void {
  if (json === true && apply !== true) printJson(edited.map(({ tenant, document }) => ({ tenant, ...document })));
  const say = json === true ? note : printLine;
  if (json !== true || apply === true) for (const { tenant, words } of edited) say(`edited: ${tenant}, ${words}`);
  if (apply === true || edited.length === 0) return;
  notApplied(`npx tenantry up ${edited.map(({ tenant }) => tenant).join(" ")} --stack ${stack}`);
}

/** The same words for every way, so that nobody takes the one step for the other. */
export function notApplied(command: string): void {
  note(`not applied yet; apply it: ${command}`);
}
