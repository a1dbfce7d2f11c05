import { readFileSync } from "node:fs";
import { join } from "node:path";

import { html } from "hono/html";

import { barPlot } from "../../output/bar-plot.ts";
import { htmlPage } from "../../output/html-page.ts";
import type { Html } from "../../output/html-text.ts";
import { answerOf, measuredOf, wantedOf } from "./as-markdown.ts";
import type { GateResult, Table } from "./gate.ts";
import type { GatesReport } from "./run.ts";

/** The run as one self-contained page, in the report's style: verdicts, plots, tables. */
export function asPage(report: GatesReport): string {
  const { cores, memoryGb, node, load } = report.machine;
  return htmlPage({
    title: `Gates of ${report.stack}`,
    style: readFileSync(join(import.meta.dirname, "../report/page.css"), "utf8"),
    body: html`<header>
        <h1>Can a mounted bucket and a Turso database replace a volume and a SQLite file?</h1>
        ${answerOf(report).map((sentence) => html`<p>${withCode(sentence)}</p>`)}
        <p class="muted">
          ${report.quick ? "A quick run, which proves nothing," : "A full run"} of ${report.seconds} s on stack
          ${report.stack}, ${report.cloud} cloud, network ${report.network},
          ${report.measuredAt.slice(0, 16).replace("T", " ")} UTC; ${cores} cores, ${memoryGb} GB, Node ${node}, load
          ${load.join(", ")}.
        </p>
      </header>
      <main>
        <section aria-labelledby="gates-title">
          <h2 id="gates-title">Gates</h2>
          <ul class="gates">
            ${report.gates.map(gate)}
          </ul>
        </section>
      </main>`,
  });
}

const BADGES = { GO: "ok", "NO-GO": "bad", REPORTED: "", "NOT MEASURED": "" } as const;

function gate(one: GateResult): Html {
  return html`<li class="gate ${one.verdict === "NO-GO" ? "missed" : ""}">
    <h3>${one.name}</h3>
    <p>${withCode(one.question)}</p>
    <span class="badge ${BADGES[one.verdict]}">${one.verdict}</span> ${measuredOf(one)}; threshold: ${wantedOf(one)}
    ${one.value === null ? "" : barPlot({ ...one, value: one.value, limit: one.threshold })}
    ${one.detail === undefined ? "" : details(one.detail)}
    <p class="sub">${withCode(one.conditions)}</p>
    <p class="sub">Repeat: <code>${one.repeat}</code></p>
    ${one.cannotTell === "" ? "" : html`<p class="sub">Not covered: ${withCode(one.cannotTell)}</p>`}
  </li>`;
}

/** What is between backticks as code. */
function withCode(text: string): Html[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function details({ head, rows }: Table): Html {
  const cells = (row: readonly string[]) => row.map((cell) => html`<td>${cell}</td>`);
  return html`<details>
    <summary>${rows.length === 1 ? "1 row" : `${rows.length} rows`} of figures</summary>
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${cells(row)}
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
