import { readFileSync } from "node:fs";
import { join } from "node:path";

import { asMarkdown } from "../../operations/bench/as-markdown.ts";
import { plotOf } from "../../operations/bench/plot.ts";
import type { BenchReport } from "../../operations/bench/report.ts";
import { TASK_IDS, TASKS } from "../../operations/bench/task.ts";
import { performanceTables } from "./performance-tables.ts";
import type { GeneratedPage } from "./pages.ts";

/** The run that is kept in docs/benchmarks.json: a page in words, a picture for each task, and the tables of performance.md. */
export function benchmarkPages(
  projectDir: string,
  page: (path: string, generated: string) => GeneratedPage,
): GeneratedPage[] {
  const report = JSON.parse(readFileSync(join(projectDir, "docs/benchmarks.json"), "utf8")) as BenchReport;
  const pictures = TASK_IDS.flatMap((task) => {
    const text = plotOf(report, task);
    return text === undefined ? [] : [{ task, path: `docs/benchmarks/${task}.svg`, text: `${text}\n` }];
  });
  const shown = pictures.map(({ task }) => `![${TASKS[task].replaceAll("`", "")}](benchmarks/${task}.svg)`);
  return [
    page("docs/performance.md", performanceTables(report)),
    page("docs/benchmarks.md", `${asMarkdown(report)}\n\n## Seconds over tenants\n\n${shown.join("\n\n")}`),
    ...pictures.map(({ path, text }) => ({ path, text })),
  ];
}
