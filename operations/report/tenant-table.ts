import { html, raw } from "hono/html";

import { DUE_SOON_DAYS } from "../engine/coming-due.ts";
import { byteSize } from "../../output/byte-size.ts";
import { printable } from "../../output/printable.ts";
import type { Credential } from "../engine/credentials.ts";
import { day } from "./dates.ts";
import { daysUntil, type FleetReport, isDueSoon, type ReportRow } from "./fleet-report.ts";
import { type Html, textOf } from "../../output/html-text.ts";
import { type DriftedThing, thingWords } from "./input-file.ts";

const GB = 1e9;

/** How many tenants are on the page at first; a browser takes seconds to lay out thousands. */
const MOST_SHOWN = 100;

interface TableColumn {
  readonly name: string;
  readonly isNumber?: boolean;
  readonly isRight?: boolean;
  /** Whether the report knows anything for it; default: always. A column of which nothing is known is left out. */
  readonly isKnown?: (report: FleetReport) => boolean;
  readonly cell: (row: ReportRow, now: number) => Html;
}

const COLUMNS: readonly TableColumn[] = [
  { name: "Tenant", cell: nameCell },
  { name: "State", cell: stateCell },
  { name: "Drift", isNumber: true, isKnown: isDriftKnown, cell: ({ drift }) => driftCell(drift) },
  {
    name: "Credentials",
    isNumber: true,
    isKnown: someRow(({ credentials }) => credentials.length > 0),
    cell: ({ credentials }, now) => credentialsCell(credentials, now),
  },
  {
    name: "Files",
    isNumber: true,
    isRight: true,
    isKnown: someRow(({ filesGb }) => filesGb !== undefined),
    cell: ({ filesGb }) => size(filesGb),
  },
  {
    name: "Database",
    isNumber: true,
    isRight: true,
    isKnown: someRow(({ databaseGb }) => databaseGb !== undefined),
    cell: ({ databaseGb }) => size(databaseGb),
  },
  { name: "$ a month", isNumber: true, isRight: true, cell: priceCell },
  { name: "Region", cell: ({ region, backend }) => html`<td>${region}<span class="sub">${backend}</span></td>` },
  {
    name: "Last export",
    isKnown: someRow(({ exported }) => exported !== undefined),
    cell: ({ exported }) => html`<td class="long">${exported ?? ABSENT}</td>`,
  },
  {
    name: "Last change",
    isNumber: true,
    isKnown: someRow(({ changed }) => changed !== undefined),
    cell: changedCell,
  },
];

function someRow(isKnownOf: (row: ReportRow) => boolean): (report: FleetReport) => boolean {
  return ({ rows }) => rows.some(isKnownOf);
}

function isDriftKnown({ driftCheckedAt }: FleetReport): boolean {
  return driftCheckedAt !== undefined;
}

/** The table of the tenants, with its search; columns of which nothing is known are left out. */
export function tenantTable(report: FleetReport): Html {
  const columns = COLUMNS.filter(({ isKnown }) => isKnown?.(report) ?? true);
  const rows = report.rows.map((row, index) => tenantRow(columns, row, report.madeAt, index >= MOST_SHOWN));
  return html`<section id="fleet" tabindex="-1">
    <h2 id="fleet-title">Tenants</h2>
    ${controls(isDriftKnown(report))}
    <div class="frame" role="region" aria-labelledby="fleet-title" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map(headCell)}
          </tr>
        </thead>
        <tbody data-shown="${MOST_SHOWN}">
          ${raw(rows.join(""))}
        </tbody>
      </table>
    </div>
    <button id="more" class="more" type="button" hidden></button>
  </section>`;
}

function headCell({ name, isNumber, isRight }: TableColumn, index: number): Html {
  return html`<th
    scope="col"
    data-sort="${isNumber === true ? "number" : "text"}"
    class="${isRight === true ? "number" : ""}"
    ${index === 0 ? raw('aria-sort="ascending"') : ""}
  >
    <button type="button">${name}</button>
  </th>`;
}

function controls(isDriftShown: boolean): Html {
  return html`<div class="controls" hidden>
    <div class="grow">
      <label for="search">Search: tenant, owner, region, backend, …</label>
      <input id="search" type="search" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="only">Show</label>
      <select id="only">
        <option value="">all tenants</option>
        ${isDriftShown ? html`<option value="drift">with drift</option>` : ""}
        <option value="due">credentials or a trial due within ${DUE_SOON_DAYS} days</option>
        <option value="missing">missing</option>
        <option value="inactive">not active</option>
      </select>
    </div>
    <p id="status" role="status" class="muted"></p>
  </div>`;
}

// Without the spaces between tags: two thousand of them are most of the page.
function tenantRow(columns: readonly TableColumn[], row: ReportRow, now: number, isHidden: boolean): string {
  const flags = [
    ...(row.drift.state === "found" ? ["drift"] : []),
    ...(isDueSoon(row, now) ? ["due"] : []),
    ...(isMissing(row) ? ["missing"] : []),
    ...(row.state === "active" ? [] : ["inactive"]),
  ];
  const made = html`<tr data-flags="${flags.join(" ")}" ${isHidden ? "hidden" : ""}>
    ${columns.map(({ cell }) => cell(row, now))}
  </tr>`;
  return textOf(made).replaceAll(/>\s+</g, "><");
}

function isMissing({ stands, state }: ReportRow): boolean {
  return !stands && state !== "purged";
}

const ABSENT = html`<span class="absent">none known</span>`;

function nameCell({ tenant, owner, url }: ReportRow): Html {
  const link =
    url === undefined || !/^https?:/.test(url) ? tenant : html`<a href="${url}" rel="noreferrer">${tenant}</a>`;
  return html`<th scope="row" data-key="${tenant}">${link}<span class="sub">${owner}</span></th>`;
}

function stateCell(row: ReportRow): Html {
  const { state } = row;
  const look = state === "active" ? "ok" : state === "offboarding" ? "warn" : "";
  const missing = isMissing(row) ? html` <span class="badge bad">missing</span>` : "";
  const trial = row.expires === undefined ? "" : html` <small>trial until ${row.expires}</small>`;
  return html`<td><span class="badge ${look}">${state}</span>${missing}${trial}</td>`;
}

function driftCell(drift: ReportRow["drift"]): Html {
  if (drift.state === "found")
    return html`<td data-key="${drift.things.length}">
      <details>
        <summary><span class="badge bad">${driftWords(drift.things)}</span></summary>
        ${thingList(drift.things)}
      </details>
    </td>`;
  return drift.state === "none"
    ? html`<td data-key="0"><span class="badge ok">none</span></td>`
    : html`<td data-key="-1"><span class="badge">unknown</span></td>`;
}

/** `2 differ, 1 not declared`. */
function driftWords(things: readonly DriftedThing[]): string {
  const strange = things.filter(({ kind }) => kind === "unmanaged").length;
  const differing = things.length - strange;
  return [
    ...(differing > 0 ? [`${differing} ${differing === 1 ? "differs" : "differ"}`] : []),
    ...(strange > 0 ? [`${strange} not declared`] : []),
  ].join(", ");
}

/** What drifts, by name. */
export function thingList(things: readonly DriftedThing[]): Html {
  return html`<ul class="things">
    ${things.map((thing) => html`<li>${thingWords(thing)}</li>`)}
  </ul>`;
}

function credentialsCell(credentials: readonly Credential[], now: number): Html {
  const [first] = credentials;
  if (first === undefined) return html`<td data-key="">${ABSENT}</td>`;
  const days = daysUntil(first.due, now);
  const kind = days < 0 ? "bad" : days < DUE_SOON_DAYS ? "warn" : "ok";
  const list = credentials.map(
    ({ what, issued, due }) => html`<li>${what}: ${-daysUntil(issued, now) - 1} days old, due ${day(due)}</li>`,
  );
  return html`<td data-key="${first.due}">
    <details>
      <summary><span class="badge ${kind}">${due(days)}</span></summary>
      <ul class="due">
        ${list}
      </ul>
    </details>
  </td>`;
}

function due(days: number): string {
  if (days < 0) return "overdue";
  return days === 0 ? "due today" : `due in ${days} ${days === 1 ? "day" : "days"}`;
}

function size(gb: number | undefined): Html {
  return gb === undefined
    ? html`<td class="number" data-key=""><span class="absent">not measured</span></td>`
    : html`<td class="number" data-key="${gb}">${byteSize(gb * GB)}</td>`;
}

function priceCell({ usd, isPriceKnown }: ReportRow): Html {
  return html`<td class="number" data-key="${usd}">
    ${usd.toFixed(2)}${isPriceKnown ? "" : html`<span class="sub">+ unknown</span>`}
  </td>`;
}

function changedCell({ changed }: ReportRow): Html {
  return changed === undefined
    ? html`<td data-key="">${ABSENT}</td>`
    : html`<td data-key="${changed.at}">${day(changed.at)}<span class="sub">${printable(changed.actor)}</span></td>`;
}
