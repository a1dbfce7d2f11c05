import { readFileSync } from "node:fs";
import { join } from "node:path";

import { html, raw } from "hono/html";

import { barPlot } from "../../output/bar-plot.ts";
import { htmlPage } from "../../output/html-page.ts";
import type { Html } from "../../output/html-text.ts";
import { conditionsOf, limitOf, measuredBudgets, openBudgets, valueOf } from "./as-markdown.ts";
import type { Judged } from "./budgets.ts";
import { plotOf } from "./plot.ts";
import type { BenchReport } from "./report.ts";
import { TASK_IDS } from "./task.ts";
import { counted } from "../../output/counted.ts";

/** The run as one self-contained page, in the report's style: budgets as bars, seconds over tenants as lines. */
export function asPage(report: BenchReport): string {
  return htmlPage({
    title: "Benchmarks",
    style: readFileSync(join(import.meta.dirname, "../report/page.css"), "utf8"),
    body: html`<header>
        <h1>What tenantry costs, and what others cost</h1>
        <p class="muted">${conditionsOf(report).replaceAll("**", "")}</p>
      </header>
      <main>
        <section aria-labelledby="budgets-title">
          <h2 id="budgets-title">Budgets</h2>
          <ul class="gates">
            ${measuredBudgets(report).map(budget)}
          </ul>
          <p class="muted">${openBudgets(report) ?? ""}</p>
        </section>
        <section aria-labelledby="plots-title">
          <h2 id="plots-title">Seconds over tenants</h2>
          ${TASK_IDS.map((task) => raw(plotOf(report, task) ?? ""))}
        </section>
      </main>`,
  });
}

const BADGES = { met: "ok", missed: "bad", "not measured": "" } as const;

function budget(one: Judged): Html {
  const { tenants, value, limit, verdict } = one;
  const what = one.what.replaceAll("`", "");
  return html`<li class="gate ${verdict === "missed" ? "missed" : ""}">
    <h3>${what}, ${counted(tenants, "tenant")}</h3>
    <span class="badge ${BADGES[verdict]}">${verdict}</span> ${valueOf(one)}; wanted ${limitOf(one)}
    ${value === undefined ? "" : barPlot({ name: what, value, limit, samples: [] })}
  </li>`;
}
