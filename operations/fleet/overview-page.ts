import { html } from "hono/html";

import { htmlPage } from "../../output/html-page.ts";
import type { StackSummary } from "./summaries.ts";
import { counted } from "../../output/counted.ts";

const STYLE = `
  body {
    font:
      1rem/1.5 system-ui,
      sans-serif;
    margin: 2rem auto;
    max-width: 48rem;
    padding: 0 1rem;
    color-scheme: light dark;
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  th,
  td {
    padding: 0.25rem 0.75rem;
    text-align: right;
    border-bottom: 1px solid;
  }
  th:first-child {
    text-align: left;
  }
`;

/** A page that leads to the pages of the stacks, which lie beside it. Needs no other file. Pure. */
export function overviewPage(
  group: string,
  summaries: readonly StackSummary<{ readonly tenants: number; readonly usd: number }>[],
): string {
  const sum = summaries.reduce((total, { found }) => total + (found?.tenants ?? 0), 0);
  const rows = summaries.map(({ stack, found }) =>
    found === undefined
      ? html`<tr>
          <th scope="row">${stack}</th>
          <td colspan="2">no report</td>
        </tr>`
      : html`<tr>
          <th scope="row"><a href="${encodeURIComponent(stack)}.html">${stack}</a></th>
          <td>${found.tenants}</td>
          <td>${found.usd.toFixed(2)}</td>
        </tr>`,
  );
  return htmlPage({
    title: `${group}: ${counted(sum, "tenant")} in ${counted(summaries.length, "stack")}`,
    style: STYLE,
    body: html`<main>
      <h1>${group}</h1>
      <p>${counted(sum, "tenant")} in ${counted(summaries.length, "stack")}.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">stack</th>
            <th scope="col">tenants</th>
            <th scope="col">USD a month</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
      <p>
        Of the sum of a stack the vendors' fees and free amounts are a part once per stack; fleet cost counts them once.
      </p>
    </main>`,
  });
}
