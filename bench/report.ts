/**
 * The fleet report in the system's Chromium: size of the page, time to load it, to search it and to sort it, for 3 and 2000
 * invented tenants. The middle one of several rounds counts.
 *
 *   node bench/report.ts [--rounds 7] [--screenshots <folder>]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import type { Browser } from "playwright-core";

import { asPage } from "../operations/report/page.ts";
import { table } from "../output/terminal.ts";
import { startBrowser } from "../tests/support/browser.ts";
import { inventedReport } from "./report-fleet.ts";

// A change, and the layout after it: what a person waits for until the next frame can be painted.
const SEARCH = `(() => {
  const began = performance.now();
  const search = document.getElementById("search");
  search.value = "radio-7";
  search.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return performance.now() - began;
})()`;
const SORT = `(() => {
  const began = performance.now();
  document.querySelector("#fleet thead th:nth-child(7) button").click();
  document.body.offsetHeight;
  return performance.now() - began;
})()`;
const LOADED = `performance.getEntriesByType("navigation")[0].loadEventEnd`;
const PAINTED = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN`;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, screenshots: { type: "string" } },
});
const dir = mkdtempSync(join(tmpdir(), "tenantry-bench-"));
const browser = await startBrowser();
try {
  const rows: string[][] = [];
  for (const count of [3, 2000]) rows.push(await measured(count));
  process.stdout.write(`Chromium ${browser.version()}, the middle one of ${values.rounds} rounds, in ms\n`);
  process.stdout.write(`${table(["tenants", "page", "loaded", "first paint", "search", "sort"], rows)}\n`);
  if (values.screenshots !== undefined) await screenshots(browser, values.screenshots);
} finally {
  await browser.close();
  rmSync(dir, { recursive: true });
}

async function measured(count: number): Promise<string[]> {
  const file = written(count);
  const figures: Record<"loaded" | "painted" | "search" | "sort", number[]> = {
    loaded: [],
    painted: [],
    search: [],
    sort: [],
  };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.waitForTimeout(300);
    figures.loaded.push(await page.evaluate<number>(LOADED));
    figures.painted.push(await page.evaluate<number>(PAINTED));
    figures.search.push(await page.evaluate<number>(SEARCH));
    figures.sort.push(await page.evaluate<number>(SORT));
    await page.close();
  }
  return [`${count}`, `${Math.round(statSync(file).size / 1000)} kB`, ...Object.values(figures).map(middle)];
}

function written(count: number): string {
  const file = join(dir, `${count}.html`);
  writeFileSync(file, asPage(inventedReport(count)));
  return file;
}

function middle(figures: number[]): string {
  const sorted = figures.toSorted((one, other) => one - other);
  return (sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(0);
}

async function screenshots(at: Browser, folder: string): Promise<void> {
  for (const [name, count, colorScheme, width] of [
    ["light", 3, "light", 1280],
    ["dark", 2000, "dark", 1280],
    ["phone", 2000, "light", 390],
  ] as const) {
    const page = await at.newPage({ colorScheme, viewport: { width, height: 720 } });
    await page.goto(pathToFileURL(written(count)).href);
    await page.screenshot({ path: join(folder, `report-${name}.jpg`), type: "jpeg", quality: 70 });
    await page.close();
  }
}
