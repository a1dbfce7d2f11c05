import { html, raw } from "hono/html";

import { pointWords } from "../history/snapshots-due.ts";
import { DUE_SOON_DAYS } from "../engine/coming-due.ts";
import { byteSize } from "../../output/byte-size.ts";
import { printable } from "../../output/printable.ts";
import type { Credential } from "../engine/credentials.ts";
import { day } from "./dates.ts";
import { daysUntil, type FleetReport, isBehind, isDueSoon, ofItsOwn, type ReportRow } from "./fleet-report.ts";
import { type Html, textOf } from "../../output/html-text.ts";
import { type DriftedThing, thingWords } from "./input-file.ts";
import { originIn, originWords, ringWords, schemaWords, settingWords, shortImage } from "./tenant-view.ts";
import { schemaOf } from "./version-matrix.ts";

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
  { name: "Image", cell: imageCell },
  { name: "Schema", isNumber: true, isKnown: someRow(({ schema }) => schema !== undefined), cell: schemaCell },
  { name: "Ring", isKnown: someRow(({ lastRing }) => lastRing !== undefined), cell: ringCell },
  { name: "Not of its plan", isNumber: true, isKnown: someRow((row) => ofItsOwn(row).length > 0), cell: ownCell },
  { name: "Region", cell: ({ region, backend }) => html`<td>${region}<span class="sub">${backend}</span></td>` },
  {
    name: "Last snapshot",
    isKnown: someRow(({ restore, isSnapshotLate }) => restore !== undefined || isSnapshotLate),
    cell: snapshotCell,
  },
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
  const facets = facetsOf(report);
  const rows = report.rows.map((row, index) =>
    tenantRow(columns, row, facets, { now: report.madeAt, isHidden: index >= MOST_SHOWN }),
  );
  return html`<section id="fleet" tabindex="-1">
    <h2 id="fleet-title">Tenants</h2>
    ${controls(report, facets)}
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

function controls(report: FleetReport, facets: readonly Facet[]): Html {
  return html`<div class="controls" hidden>
    <div class="grow">
      <label for="search">Search: tenant, owner, region, image, …</label>
      <input id="search" type="search" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="only">Show</label>
      <select id="only">
        <option value="">all tenants</option>
        ${isDriftKnown(report) ? html`<option value="drift">with drift</option>` : ""}
        <option value="due">credentials or a trial due within ${DUE_SOON_DAYS} days</option>
        <option value="missing">missing</option>
        <option value="inactive">not active</option>
        <option value="behind">another image or schema than declared</option>
        <option value="failed">with a gate that failed</option>
      </select>
    </div>
    ${facets.map(facetChoice)}
    <p id="status" role="status" class="muted"></p>
  </div>`;
}

/** What the page filters by, with what a row has of it; "" is nothing. */
const FACETS: readonly (readonly [key: string, name: string, of: (row: ReportRow) => string])[] = [
  ["plan", "Plan", ({ plan }) => plan],
  ["image", "Image", ({ image }) => image.applied ?? image.declared],
  ["schema", "Schema", schemaOf],
  ["ring", "Ring", ({ lastRing }) => (lastRing === undefined ? "" : `${lastRing.rollout}, ring ${lastRing.ring}`)],
];

interface Facet {
  readonly key: string;
  readonly name: string;
  readonly of: (row: ReportRow) => string;
  /** All that the rows have of it, sorted: a row names its value by the place here, since thousands of images are most of a page. */
  readonly values: readonly string[];
}

function facetsOf({ rows }: FleetReport): readonly Facet[] {
  return FACETS.map(([key, name, of]) => ({ key, name, of, values: distinct(rows.map(of)) }));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== "").sort();
}

/** Where all have the same there is nothing to choose. */
function facetChoice({ key, name, values }: Facet): Html {
  if (values.length < 2 && key !== "ring") return html``;
  if (values.length === 0) return html``;
  return html`<div>
    <label for="by-${key}">${name}</label>
    <select id="by-${key}" data-facet="${key}">
      <option value="">any</option>
      ${values.map((value, at) => html`<option value="${at}">${shortImage(value)}</option>`)}
    </select>
  </div>`;
}

// Without the spaces between tags: two thousand of them are most of the page.
function tenantRow(
  columns: readonly TableColumn[],
  row: ReportRow,
  facets: readonly Facet[],
  { now, isHidden }: { readonly now: number; readonly isHidden: boolean },
): string {
  const flags = [
    ...(row.drift.state === "found" ? ["drift"] : []),
    ...(isDueSoon(row, now) ? ["due"] : []),
    ...(isMissing(row) ? ["missing"] : []),
    ...(row.state === "active" ? [] : ["inactive"]),
    ...(isBehind(row) ? ["behind"] : []),
    ...(row.lastRing?.gate === "failed" ? ["failed"] : []),
  ];
  const places = facets.map(({ key, of, values }) => html` data-${raw(key)}="${values.indexOf(of(row))}"`);
  const made = html`<tr data-flags="${flags.join(" ")}" ${places} ${isHidden ? "hidden" : ""}>
    ${columns.map(({ cell }) => cell(row, now))}
  </tr>`;
  return textOf(made).replaceAll(/>\s+</g, "><");
}

function isMissing({ exists, state }: ReportRow): boolean {
  return !exists && state !== "purged";
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

function snapshotCell({ restore, isSnapshotLate }: ReportRow): Html {
  const late = isSnapshotLate ? html` <span class="badge bad">late</span>` : "";
  return html`<td>${restore === undefined ? ABSENT : pointWords(restore)}${late}</td>`;
}

function changedCell({ changed }: ReportRow): Html {
  return changed === undefined
    ? html`<td data-key="">${ABSENT}</td>`
    : html`<td data-key="${changed.at}">${day(changed.at)}<span class="sub">${printable(changed.actor)}</span></td>`;
}

function imageCell(row: ReportRow): Html {
  const { declared, applied } = row.image;
  const behind =
    applied === undefined || applied === declared ? "" : html` <span class="badge warn">declared, not applied</span>`;
  const origin = originWords(originIn(row, "machine.image"));
  return html`<td class="long" data-key="${shortImage(declared)}">
    ${shortImage(declared)}${behind}<span class="sub">${origin}</span>
  </td>`;
}

function schemaCell(row: ReportRow): Html {
  const { schema } = row;
  if (schema === undefined) return html`<td data-key=""><span class="absent">none</span></td>`;
  const isThere = schema.found === schema.declared;
  return html`<td data-key="${schema.found ?? 0}">
    <span class="badge ${isThere ? "" : "warn"}">${schemaWords(row)}</span>
    <span class="sub">${schema.from}</span>
    <span class="sub">${originWords(originIn(row, "database.schema.version"))}</span>
  </td>`;
}

const GATE_LOOKS = { open: "", passed: "ok", failed: "bad", returned: "warn" } as const;

function ringCell({ lastRing }: ReportRow): Html {
  if (lastRing === undefined) return html`<td data-key=""><span class="absent">none</span></td>`;
  const { gate, at, begun, found, rollout, ring, isUnderWay } = lastRing;
  const when = at === undefined ? `since ${day(Date.parse(begun))}` : day(Date.parse(at));
  return html`<td class="long" data-key="${ringWords(lastRing)}">
    ${rollout}, ring ${ring}${isUnderWay ? "" : " (finished)"} <span class="badge ${GATE_LOOKS[gate]}">${gate}</span>
    <span class="sub">${when}${found === "" ? "" : `: ${printable(found)}`}</span>
  </td>`;
}

function ownCell(row: ReportRow): Html {
  const own = ofItsOwn(row);
  if (own.length === 0) return html`<td data-key="0"><span class="absent">nothing</span></td>`;
  const list = own.map((each) => html`<li>${shortImage(settingWords(each))}: ${originWords(each)}</li>`);
  return html`<td data-key="${own.length}">
    <details>
      <summary>${own.length} ${own.length === 1 ? "setting" : "settings"}</summary>
      <ul class="things">
        ${list}
      </ul>
    </details>
  </td>`;
}
