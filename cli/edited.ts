import { note, printJson, printLine } from "../output/terminal.ts";
import type { StackContext } from "../stack/context.ts";

/** What a verb wrote into the file of a tenant: for people, and for programs. */
export interface Edited {
  readonly tenant: string;
  /** False: the file said so before. Default: true. */
  readonly isEdited?: boolean;
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
  if (json !== true || apply === true)
    for (const { tenant, words, isEdited = true } of edited)
      say(`${isEdited ? "edited" : "not edited"}: ${tenant}, ${words}${isEdited ? "" : " already"}`);
  if (apply === true || edited.length === 0) return;
  const who = `${edited.map(({ tenant }) => tenant).join(" ")} --stack ${stack}`;
  if (edited.some(({ isEdited = true }) => isEdited)) notApplied(`npx tenantry up ${who}`);
  else note(`no file was edited; to see whether it is applied: npx tenantry plan ${who}`);
}

/** The same words for every way, so that nobody takes the one step for the other. */
export function notApplied(command: string): void {
  note(`not applied yet; apply it: ${command}`);
}
