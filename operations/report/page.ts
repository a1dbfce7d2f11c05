import { readFileSync } from "node:fs";
import { join } from "node:path";

import { html } from "hono/html";

import { byteSize } from "../../output/byte-size.ts";
import { minute } from "./dates.ts";
import { type FleetReport, totals, type Undeclared } from "./fleet-report.ts";
import { footnotes } from "./footnotes.ts";
import { gatesSection } from "./gates-section.ts";
import { htmlPage } from "../../output/html-page.ts";
import type { Html } from "../../output/html-text.ts";
import { DUE_SOON_DAYS } from "../engine/coming-due.ts";
import { tenantTable, thingList } from "./tenant-table.ts";
import { versionsSection } from "./versions-section.ts";

const GB = 1e9;

const WITHOUT_SCRIPT = "tr[hidden] { display: table-row !important; }";

/** A report as one self-contained page. Every value is escaped by `html`. */
export function asPage(report: FleetReport): string {
  return htmlPage({
    title: `Fleet ${report.stack}`,
    style: readFileSync(join(import.meta.dirname, "page.css"), "utf8"),
    styleWithoutScript: WITHOUT_SCRIPT,
    script: readFileSync(join(import.meta.dirname, "page.js"), "utf8"),
    body: html`<a class="skip" href="#fleet">Skip to the tenants</a>
      <header>
        <h1>Fleet ${report.stack}</h1>
        <p class="muted">As of ${minute(report.madeAt)} UTC, made by <code>tenantry report</code>.</p>
      </header>
      <main>
        ${tiles(report)} ${versionsSection(report)} ${tenantTable(report)} ${undeclaredSection(report)}
        ${report.gates === undefined ? "" : gatesSection(report.gates)}
      </main>
      <footer>${footnotes(report).map((note) => html`<p>${note}</p>`)}</footer>`,
  });
}

/** Only what was measured has a tile. */
function tiles(report: FleetReport): Html {
  const sums = totals(report);
  const states = sums.states.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`);
  const usd = report.usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const isPriced = report.unknownPrices.length === 0;
  return html`<dl class="tiles" aria-label="The fleet in figures">
    ${tile("Tenants", sums.tenants, [...states, ...(sums.missing > 0 ? [`${sums.missing} missing`] : [])].join(", "))}
    ${report.driftCheckedAt === undefined ? "" : tile("With drift", sums.drifting, driftNote(report))}
    ${tile("Due", sums.dueSoon, `tenants with credentials or trials, within ${DUE_SOON_DAYS} days`)}
    ${sums.hasSnapshots ? tile("Late snapshots", sums.lateSnapshots, "tenants without one in time") : ""}
    ${tile("A month", `$${usd}`, isPriced ? "estimated, list prices" : "and what has no known price")}
    ${sums.hasFiles ? tile("Files", byteSize(sums.filesGb * GB), "in buckets") : ""}
    ${sums.hasDatabases ? tile("Databases", byteSize(sums.databaseGb * GB), "at Turso") : ""}
  </dl>`;
}

function driftNote(report: FleetReport): string {
  const { drifting, unknownDrift } = totals(report);
  const strangers = report.undeclared.filter(({ things }) => things.length > 0).length;
  const others =
    unknownDrift > 0 ? `${unknownDrift} unknown` : drifting > 0 ? "the others as declared" : "all as declared";
  return [
    ...(strangers > 0 ? [`${strangers} of them without a usable file`] : []),
    others,
    ...(report.shared.length > 0 ? [`${report.shared.length} of no tenant alone`] : []),
  ].join(", ");
}

function tile(name: string, figure: string | number, note: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd class="figure">${figure}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

/** What exists and no usable tenant file declares, by tenant; left out where there is nothing of the kind. */
function undeclaredSection({ undeclared, shared }: FleetReport): Html {
  if (undeclared.length === 0 && shared.length === 0) return html``;
  return html`<section aria-labelledby="undeclared-title">
    <h2 id="undeclared-title">Without a usable tenant file</h2>
    <ul class="undeclared">
      ${undeclared.map(
        (each) =>
          html`<li>
            <h3>${each.tenant}</h3>
            <p class="muted">${whyUndeclared(each)}</p>
            ${each.things.length === 0 ? "" : thingList(each.things)}
          </li>`,
      )}
      ${
        shared.length === 0
          ? ""
          : html`<li>
              <h3>Of no tenant alone</h3>
              ${thingList(shared)}
            </li>`
      }
    </ul>
  </section>`;
}

/** Why a tenant is not in the table, in words. Pure. */
export function whyUndeclared({ exists, hasFile }: Undeclared): string {
  if (hasFile) return `Its file is invalid: npx tenantry validate.${exists ? " It exists." : ""}`;
  return exists
    ? "It exists, but its file is missing: restore the file. To delete the tenant, set its state."
    : "No file declares it: npx tenantry drift shows what to do.";
}
