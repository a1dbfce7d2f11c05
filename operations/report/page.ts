import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { html, raw } from "hono/html";

import { bytes } from "../../cost/as-table.ts";
import {
  daysUntil,
  DUE_SOON_DAYS,
  type FleetReport,
  isDueSoon,
  isKept,
  type ReportRow,
  totals,
} from "./fleet-report.ts";
import type { Credential } from "./credentials.ts";
import type { Gate } from "./input-file.ts";

/** How many tenants stand on the page at first; a browser takes seconds to lay out thousands. */
const MOST_SHOWN = 100;
const WITHOUT_SCRIPT = "tr[hidden] { display: table-row !important; }";

type Html = ReturnType<typeof html>;

/**
 * A report as one page that asks nobody for anything: its policy allows the style and the script that stand in it, by their
 * hashes, and nothing else. Every value is escaped by `html`.
 */
export function asPage(report: FleetReport): string {
  const style = readFileSync(join(import.meta.dirname, "page.css"), "utf8");
  const script = readFileSync(join(import.meta.dirname, "page.js"), "utf8");
  const policy = `default-src 'none'; style-src '${sourceOf(style)}' '${sourceOf(WITHOUT_SCRIPT)}'; script-src '${sourceOf(script)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Fleet ${report.stack}</title>
        ${element("style", style)}
        <noscript>${element("style", WITHOUT_SCRIPT)}</noscript>
      </head>
      <body>
        <a class="skip" href="#fleet">Skip to the tenants</a>
        <header>
          <h1>Fleet ${report.stack}</h1>
          <p class="muted">As of ${minute(report.madeAt)} UTC, made by <code>tenantry report</code>.</p>
        </header>
        <main>${tiles(report)} ${fleet(report)} ${gates(report)}</main>
        <footer>${footnotes(report).map((note) => html`<p>${note}</p>`)}</footer>
        ${element("script", script)}
      </body>
    </html>`;
  return `${textOf(page)}\n`;
}

/** Hono makes a promise of a template only if there is one in it. */
function textOf(made: Html): string {
  if (made instanceof Promise) throw new Error("a template waits for something");
  return made.toString();
}

/** Text of ours, letter for letter: the policy knows it by its hash. */
function element(name: "script" | "style", text: string): Html {
  return html`${raw(`<${name}>${text}</${name}>`)}`;
}

function sourceOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function tiles(report: FleetReport): Html {
  const sums = totals(report);
  const states = sums.states.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`);
  return html`<dl class="tiles" aria-label="The fleet in figures">
    ${tile("Tenants", sums.tenants, [...states, ...(sums.missing > 0 ? [`${sums.missing} missing`] : [])].join(", "))}
    ${
      report.driftCheckedAt !== undefined
        ? tile(
            "With drift",
            sums.drifting,
            [
              sums.unknownDrift > 0
                ? `${sums.unknownDrift} unknown`
                : sums.drifting > 0
                  ? "the others as declared"
                  : "all as declared",
              ...(report.sharedDrift > 0 ? [`${report.sharedDrift} shared resources differ`] : []),
            ].join(", "),
          )
        : tile("With drift", "–", "not looked for")
    }
    ${tile("Credentials due", sums.dueSoon, `tenants, within ${DUE_SOON_DAYS} days`)}
    ${tile("A month", `$${report.usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`, report.unknownPrices.length > 0 ? "and what has no known price" : "estimated, list prices")}
    ${tile("Files", sums.measured === 0 ? "–" : bytes(sums.filesGb), sums.measured === 0 ? "not measured" : "in buckets")}
    ${tile("Databases", sums.measured === 0 ? "–" : bytes(sums.databaseGb), sums.measured === 0 ? "not measured" : "at Turso")}
  </dl>`;
}

function tile(name: string, figure: string | number, note: string): Html {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd class="figure">${figure}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}

const COLUMNS: readonly { readonly name: string; readonly isNumber?: boolean; readonly isRight?: boolean }[] = [
  { name: "Tenant" },
  { name: "State" },
  { name: "Drift", isNumber: true },
  { name: "Credentials", isNumber: true },
  { name: "Files", isNumber: true, isRight: true },
  { name: "Database", isNumber: true, isRight: true },
  { name: "$ a month", isNumber: true, isRight: true },
  { name: "Region" },
  { name: "Last export" },
  { name: "Last change", isNumber: true },
];

function fleet({ rows, madeAt }: FleetReport): Html {
  const head = COLUMNS.map(
    ({ name, isNumber, isRight }, index) =>
      html`<th
        scope="col"
        data-sort="${isNumber === true ? "number" : "text"}"
        class="${isRight === true ? "number" : ""}"
        ${index === 0 ? raw('aria-sort="ascending"') : ""}
      >
        <button type="button">${name}</button>
      </th>`,
  );
  return html`<section id="fleet" tabindex="-1">
    <h2 id="fleet-title">Tenants</h2>
    <div class="controls" hidden>
      <div class="grow">
        <label for="search">Search: tenant, owner, region, backend, …</label>
        <input id="search" type="search" autocomplete="off" spellcheck="false" />
      </div>
      <div>
        <label for="only">Show</label>
        <select id="only">
          <option value="">all tenants</option>
          <option value="drift">with drift</option>
          <option value="due">credentials due within ${DUE_SOON_DAYS} days</option>
          <option value="missing">missing</option>
          <option value="inactive">not active</option>
        </select>
      </div>
      <p id="status" role="status" class="muted"></p>
    </div>
    <div class="frame" role="region" aria-labelledby="fleet-title" tabindex="0">
      <table>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody data-shown="${MOST_SHOWN}">
          ${raw(rows.map((row, index) => tenantRow(row, madeAt, index >= MOST_SHOWN)).join(""))}
        </tbody>
      </table>
    </div>
    <button id="more" class="more" type="button" hidden></button>
  </section>`;
}

// Without the spaces between tags: two thousand of them are most of the page.
function tenantRow(row: ReportRow, now: number, isHidden: boolean): string {
  const { tenant, owner, state, stands, filesGb, databaseGb, usd, isPriceKnown, region, backend, exported, changed } =
    row;
  const flags = [
    ...(row.drift.state === "found" ? ["drift"] : []),
    ...(isDueSoon(row, now) ? ["due"] : []),
    ...(!stands && state !== "purged" ? ["missing"] : []),
    ...(state === "active" ? [] : ["inactive"]),
  ];
  const missing = stands || state === "purged" ? "" : html` <span class="badge bad">missing</span>`;
  const cells = [
    html`<th scope="row" data-key="${tenant}">${tenant}<span class="sub">${owner}</span></th>`,
    html`<td>
      <span class="badge ${state === "active" ? "ok" : state === "offboarding" ? "warn" : ""}">${state}</span>${missing}
    </td>`,
    driftCell(row.drift),
    credentialsCell(row.credentials, now),
    size(filesGb),
    size(databaseGb),
    html`<td class="number" data-key="${usd}">
      ${usd.toFixed(2)}${isPriceKnown ? "" : html`<span class="sub">+ unknown</span>`}
    </td>`,
    html`<td>${region}<span class="sub">${backend}</span></td>`,
    html`<td>${exported ?? ABSENT}</td>`,
    changed === undefined
      ? html`<td data-key="">${ABSENT}</td>`
      : html`<td data-key="${changed.at}">${day(changed.at)}<span class="sub">${changed.actor}</span></td>`,
  ];
  const made = html`<tr data-flags="${flags.join(" ")}" ${isHidden ? "hidden" : ""}>
    ${cells}
  </tr>`;
  return textOf(made).replaceAll(/>\s+</g, "><");
}

const ABSENT = html`<span class="absent">none known</span>`;

function driftCell(drift: ReportRow["drift"]): Html {
  if (drift.state === "found")
    return html`<td data-key="${drift.count}">
      <span class="badge bad">${drift.count} ${drift.count === 1 ? "differs" : "differ"}</span>
    </td>`;
  return drift.state === "none"
    ? html`<td data-key="0"><span class="badge ok">none</span></td>`
    : html`<td data-key="-1"><span class="badge">unknown</span></td>`;
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
      <ul>
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
    : html`<td class="number" data-key="${gb}">${bytes(gb)}</td>`;
}

function gates({ gates: found }: FleetReport): Html {
  const list =
    found === undefined
      ? html`<p class="muted">Not measured yet.</p>`
      : html`<p class="muted">Measured ${minute(Date.parse(found.measuredAt))} UTC.</p>
          <ul class="gates">
            ${found.gates.map(gate)}
          </ul>`;
  return html`<section aria-labelledby="gates-title">
    <h2 id="gates-title">Gates</h2>
    ${list}
  </section>`;
}

function gate(one: Gate): Html {
  const kept = isKept(one);
  const verdict = kept === undefined ? ["", "not measured"] : kept ? ["ok", "kept"] : ["bad", "missed"];
  const wanted = `${one.good === "below" ? "at most" : "at least"} ${one.threshold} ${one.unit}`;
  const value = one.value === null ? "" : `${one.value} ${one.unit}, `;
  return html`<li class="gate ${kept === false ? "missed" : ""}">
    <h3>${one.name}</h3>
    <span class="badge ${verdict[0]}">${verdict[1]}</span> ${value}wanted ${wanted}
    ${one.value === null ? "" : chart(one, one.value)}
    <p class="sub">${one.conditions}</p>
  </li>`;
}

/** The value as a bar, the threshold as a line across it, single measurements as dots below. */
function chart({ name, threshold, samples }: Gate, value: number): Html {
  const most = Math.max(value, threshold, ...samples, Number.MIN_VALUE) * 1.15;
  const x = (figure: number) => ((Math.max(0, figure) / most) * 300).toFixed(1);
  const dots = samples.map((sample) => html`<circle class="sample" cx="${x(sample)}" cy="29" r="3"></circle>`);
  return html`<svg viewBox="0 0 300 34" preserveAspectRatio="none" role="img" aria-label="${name}: value and threshold">
    <rect class="track" width="300" height="16" y="4" rx="3"></rect>
    <rect class="bar" width="${x(value)}" height="16" y="4" rx="3"></rect>
    <line class="limit" x1="${x(threshold)}" x2="${x(threshold)}" y1="0" y2="24"></line>
    ${dots}
  </svg>`;
}

/** What one has to know to read the report. */
export function footnotes({ unknownPrices, driftCheckedAt, blind, rows }: FleetReport): string[] {
  return [
    "Costs are estimates by list prices; what no vendor has a figure for is assumed, and what an organisation pays once is in the sum only: npx tenantry cost.",
    ...(unknownPrices.length > 0 ? [`No known price: ${unknownPrices.join(", ")}.`] : []),
    driftCheckedAt === undefined
      ? "Drift was not looked for: --drift <file> or --check-drift."
      : `Drift as of ${minute(driftCheckedAt)} UTC.`,
    ...blind.map((what) => `Not compared: ${what}`),
    ...(rows.some(({ exported }) => exported !== undefined) ? [] : ["No tenant file names the manifest of an export."]),
  ];
}

export function minute(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
