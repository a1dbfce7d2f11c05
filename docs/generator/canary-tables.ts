import { byHand } from "../../operations/canary/by-hand.ts";
import { questions } from "../../operations/canary/canary.ts";
import { cell, code, table } from "./markdown.ts";

/** What a canary asks, with what each answer means; and what is left to people. */
export function canaryTables(): string {
  const asked = questions.map(({ id, asks, how, means }) => [
    code(id),
    `${cell(asks)} (${cell(how)})`,
    cell(means.yes),
    cell(means.no),
    cell(means.other),
  ]);
  const left = byHand.map(({ id, asks, how }) => [code(id), cell(asks), cell(how)]);
  return [table(["line", "question", "yes", "no", "other"], asked), table(["by hand", "question", "how"], left)].join(
    "\n\n",
  );
}
