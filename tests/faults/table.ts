import { TROUBLES } from "./faults.ts";
import type { Result } from "./sweep.ts";

/** The counts of a sweep as Markdown: a row per step, a column per kind of fault. */
export function tableOf(seed: number, possible: number, results: readonly Result[]): string {
  const titles = TROUBLES.map(({ title }) => title);
  const steps = [...new Set(results.map(({ step }) => step))];
  const cell = (own: readonly Result[]) => {
    const wrong = own.filter((each) => each.wrong !== undefined).length;
    return wrong === 0 ? String(own.length) : `${own.length}, **${wrong} wrong**`;
  };
  const row = (step: string) => {
    const own = results.filter((each) => each.step === step);
    return [step, ...titles.map((title) => cell(own.filter(({ tried }) => tried.trouble.title === title))), cell(own)];
  };
  const lines = [["step", ...titles, "all"], ["step", ...titles, "all"].map(() => "---"), ...steps.map(row)];
  const count = (isMeant: (each: Result) => boolean) => results.filter(isMeant).length;
  const wrong = results.filter((each) => each.wrong !== undefined);
  return [
    "# Every call, every fault",
    "",
    `Made by \`make test-deep\` with \`TENANTRY_SEED=${seed}\`: ${results.length} of ${possible} cases. In`,
    `${count(({ isStruck }) => isStruck)} of them the run came to the call, in ${count(({ hasFailed }) => hasFailed)} it failed; after one more run`,
    `${results.length - wrong.length} of ${results.length} are as an undisturbed tenant is, and no secret was shown.`,
    "",
    ...lines.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    ...wrong.map(
      ({ step, tried, wrong: what }) =>
        `- ${step}, ${tried.vendor} ${tried.operation} (${tried.skip + 1}.), ${tried.trouble.title}: ${what ?? ""}`,
    ),
  ].join("\n");
}
