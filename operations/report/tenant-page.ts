import { readFileSync } from "node:fs";
import { join } from "node:path";

import { html } from "hono/html";

import { htmlPage } from "../../output/html-page.ts";
import type { Html } from "../../output/html-text.ts";
import { printable } from "../../output/printable.ts";
import { cell } from "./as-markdown.ts";
import { minute } from "./dates.ts";
import { type Section, sectionsOf, type TenantReport } from "./tenant-report.ts";

/** One tenant as a self-contained page without scripts. Every value is escaped by `html`. */
export function asTenantPage(report: TenantReport): string {
  const { row, stack, madeAt } = report;
  return htmlPage({
    title: `${row.tenant}, ${stack}`,
    style: readFileSync(join(import.meta.dirname, "page.css"), "utf8"),
    body: html`<header>
        <h1>${row.tenant}</h1>
        <p class="muted">
          Tenant of ${stack}. As of ${minute(madeAt)} UTC, made by <code>tenantry report --tenant ${row.tenant}</code>.
        </p>
      </header>
      <main>${sectionsOf(report).map(section)}</main>`,
  });
}

function section({ title, heads, rows, none }: Section, at: number): Html {
  const id = `part-${at}`;
  if (rows.length === 0)
    return html`<section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
      <p class="muted">${none}</p>
    </section>`;
  const isNamed = heads.some((head) => head !== "");
  return html`<section>
    <h2 id="${id}">${title}</h2>
    <div class="frame" role="region" aria-labelledby="${id}" tabindex="0">
      <table class="facts">
        ${
          isNamed
            ? html`<thead>
                <tr>
                  ${heads.map((head) => html`<th scope="col">${head}</th>`)}
                </tr>
              </thead>`
            : ""
        }
        <tbody>
          ${rows.map(
            ([first = "", ...others]) =>
              html`<tr>
                <th scope="row">${printable(first)}</th>
                ${others.map((text) => html`<td>${printable(text)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** The same as Markdown. */
export function asTenantMarkdown(report: TenantReport): string {
  const { row, stack, madeAt } = report;
  const parts = sectionsOf(report).flatMap(({ title, heads, rows, none }) => [
    `### ${title}`,
    "",
    ...(rows.length === 0
      ? [none]
      : [line(heads), line(heads.map(() => "---")), ...rows.map((each) => line(each.map(cell)))]),
    "",
  ]);
  return [`## Tenant ${cell(row.tenant)} of \`${stack}\`, ${minute(madeAt)} UTC`, "", ...parts].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
