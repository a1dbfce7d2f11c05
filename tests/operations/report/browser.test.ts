import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

import { inventedReport } from "../../../bench/report-fleet.ts";
import { inventedPast } from "../../../bench/report-tenant.ts";
import type { DriftedThing, Gates } from "../../../operations/report/input-file.ts";
import { type FleetReport, isBehind, isDueSoon, type ReportRow } from "../../../operations/report/fleet-report.ts";
import { asPage } from "../../../operations/report/page.ts";
import { asTenantPage } from "../../../operations/report/tenant-page.ts";
import { type TenantReport, tenantReport } from "../../../operations/report/tenant-report.ts";
import { shortImage } from "../../../operations/report/tenant-view.ts";
import { versionMatrix } from "../../../operations/report/version-matrix.ts";
import { counted } from "../../../output/counted.ts";
import { chromiumPath, startBrowser } from "../../support/browser.ts";
import { itIf } from "../../support/skip.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const GATES: Gates = {
  measuredAt: "2026-11-23T12:00:00Z",
  gates: [
    { name: "one", unit: "ms", threshold: 5, good: "below", value: 3, conditions: "here", samples: [2, 3, 4] },
    { name: "two", unit: "ms", threshold: 5, good: "below", value: 8, conditions: "here", samples: [] },
    { name: "three", unit: "ms", threshold: 5, good: "below", value: null, conditions: "", samples: [] },
  ],
};
/** Names as long as they may be, without a place to break them. */
const longNames = ((): { row: ReportRow; things: readonly DriftedThing[] } => {
  const [row] = inventedReport(1).rows;
  if (row === undefined) throw new Error("no row");
  const long = "x".repeat(63);
  const things: DriftedThing[] = [
    { kind: "modified", what: "machine", aspects: [`machine.config.env.${"Y".repeat(120)}`] },
    { kind: "unmanaged", what: `database ${long}`, aspects: [] },
  ];
  const tenant = "w".repeat(40);
  const changed = { at: 1, actor: `${long}@${long}.example` };
  return {
    row: {
      ...row,
      tenant,
      owner: changed.actor,
      exported: `exports/${long}.json`,
      changed,
      drift: { state: "found", things },
    },
    things,
  };
})();

const INSTALLED = [chromiumPath !== undefined, "there is no Chromium (Debian: apt-get install chromium)"] as const;
const DESKTOP = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 800 };
/** Tenants per page; 300 are more than are shown at first. */
const PAGES = {
  3: inventedReport(3, GATES),
  300: inventedReport(300),
  2000: inventedReport(2000),
  varied: variedReport(),
};

/** A tenant of each look that a cell can have. */
function variedReport(): FleetReport {
  const report = inventedReport(600, GATES);
  const aspects: readonly ((row: ReportRow) => unknown)[] = [
    ({ state }) => state,
    ({ exists }) => exists,
    ({ drift }) => drift.state,
    ({ isPriceKnown }) => isPriceKnown,
    ({ filesGb }) => filesGb === undefined,
    ({ changed }) => changed === undefined,
    (row) => isDueSoon(row, report.madeAt),
    ({ drift }) => drift.state === "found" && drift.things.length,
  ];
  const rows = aspects.flatMap((aspect) => [...new Map(report.rows.map((row) => [aspect(row), row])).values()]);
  const things = longNames.things;
  return {
    ...report,
    rows: [...new Set(rows), longNames.row],
    shared: things,
    undeclared: [{ tenant: longNames.row.tenant, exists: true, hasFile: false, things }],
  };
}

/** One tenant with a past, and names as long as they may be. */
function tenantOfLongNames(): TenantReport {
  const { row } = longNames;
  const settings = [{ setting: `machine.env.${"Y".repeat(120)}`, value: "x".repeat(200), from: "own" as const }];
  const report = { ...inventedReport(1), rows: [{ ...row, settings }] };
  const found = tenantReport(report, row.tenant, inventedPast(row.tenant));
  if (found === undefined) throw new Error("no such tenant");
  return found;
}

let dir: string;
let browser: Browser | undefined;
let tab: Page | undefined;
/** By their options. */
const windows = new Map<string, BrowserContext>();
/** What pages have complained of or asked for since the last test. */
let complaints: string[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-report-"));
  for (const [name, report] of Object.entries(PAGES)) writeFileSync(join(dir, `${name}.html`), asPage(report));
  writeFileSync(join(dir, "tenant.html"), asTenantPage(tenantOfLongNames()));
  if (chromiumPath !== undefined) browser = await startBrowser();
});

afterEach(async () => {
  await tab?.close();
  tab = undefined;
});

afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true });
});

/** Opens a page in a tab of its own. A window of its own costs Chromium three times as much, so tests of the same options share one. */
async function open(name: keyof typeof PAGES | "tenant", options: BrowserContextOptions = {}): Promise<Page> {
  const page = (tab = await (await windowOf(options)).newPage());
  complaints = [];
  const url = pathToFileURL(join(dir, `${name}.html`)).href;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(request.url());
  });
  await page.goto(url);
  return page;
}

async function windowOf(options: BrowserContextOptions): Promise<BrowserContext> {
  if (browser === undefined) throw new Error("there is no browser");
  const key = JSON.stringify(options);
  const found = windows.get(key) ?? (await browser.newContext(options));
  // It closes with its last tab.
  if (!windows.has(key)) await found.newPage();
  windows.set(key, found);
  return found;
}

const shown = (page: Page) => page.locator("#fleet tbody tr:visible");
/** What the rows on show are sorted by in this column, counted from 1. */
const keys = (page: Page, column: number) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll("#fleet tbody tr:not([hidden]) > :nth-child(${column})")].map((cell) => cell.dataset.key)`,
  );

describe("the page of a fleet in Chromium", () => {
  itIf(...INSTALLED)(
    "shows three tenants and the gates, complains of nothing and asks nobody for anything",
    async () => {
      const page = await open(3);
      expect(await shown(page).count()).toBe(3);
      expect(await page.locator(".gate").count()).toBe(3);
      expect(await page.locator("#status").textContent()).toBe("3 tenants");
      expect(complaints).toEqual([]);
    },
  );

  itIf(...INSTALLED)("finds one of 2000 tenants by parts of its name, and says how many it found", async () => {
    const page = await open(2000);
    expect(await shown(page).count()).toBe(100);
    await page.getByLabel("Search").fill("lagoon-radio-7");
    expect(await keys(page, 1)).toEqual(["lagoon-radio-7"]);
    expect(await page.locator("#status").textContent()).toBe("1 of 2000 tenants");
    await page.getByLabel("Search").fill("no such tenant");
    expect(await page.locator("#status").textContent()).toBe("0 of 2000 tenants");
    expect(complaints).toEqual([]);
  });

  itIf(...INSTALLED)("shows all at last when asked to", async () => {
    const page = await open(300);
    expect(await shown(page).count()).toBe(100);
    await page.getByRole("button", { name: "Show all 300" }).click();
    expect(await shown(page).count()).toBe(300);
  });

  itIf(...INSTALLED)("shows only those with drift", async () => {
    const page = await open(300);
    await page.getByLabel("Show", { exact: true }).selectOption("drift");
    const drifting = inventedReport(300).rows.filter(({ drift }) => drift.state === "found");
    expect(await keys(page, 1)).toEqual(drifting.map(({ tenant }) => tenant));
  });

  itIf(...INSTALLED)("shows only those with an image, in a ring, or behind what their files declare", async () => {
    const page = await open(300);
    const { rows } = inventedReport(300);
    const image = rows[0]?.image.applied ?? "";
    await page.getByRole("combobox", { name: "Image" }).selectOption(shortImage(image));
    const having = rows.filter(({ image: each }) => (each.applied ?? each.declared) === image);
    expect(await page.locator("#status").textContent()).toContain(`${having.length} of 300 tenants`);
    await page.getByRole("combobox", { name: "Ring" }).selectOption("agent-2, ring 5%");
    const both = having.filter(({ lastRing }) => lastRing?.ring === "5%");
    expect(await page.locator("#status").textContent()).toContain(`${both.length} of 300 tenants`);
    await page.getByLabel("Show", { exact: true }).selectOption("behind");
    expect(await page.locator("#status").textContent()).toContain(`${both.filter(isBehind).length} of 300 tenants`);
    expect(both.filter(isBehind).length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  itIf(...INSTALLED)("is sorted by where the schemas are, and by the images' names", async () => {
    const page = await open(300);
    await page.getByRole("columnheader", { name: "Schema" }).getByRole("button").click();
    const found = (await keys(page, 9)).map(Number);
    expect(found).toEqual(found.toSorted((one, other) => one - other));
    expect(found[0]).toBe(13);
  });

  itIf(...INSTALLED)("names the tenants behind a count of the versions, by keyboard alone", async () => {
    const page = await open(300);
    const versions = page.getByRole("region", { name: "Versions" });
    const { cells } = versionMatrix(inventedReport(300).rows);
    const summaries = versions.locator("summary");
    expect((await summaries.allTextContents()).toSorted()).toEqual(
      cells.map(({ tenants }) => counted(tenants.length, "tenant")).toSorted(),
    );
    const [first] = cells[0]?.tenants ?? [];
    expect(await versions.getByText(first ?? "").isVisible()).toBe(false);
    await summaries
      .filter({ hasText: counted(cells[0]?.tenants.length ?? 0, "tenant") })
      .first()
      .focus();
    await page.keyboard.press("Enter");
    expect(await versions.locator("details[open] .names").count()).toBe(1);
  });

  itIf(...INSTALLED)("is sorted by keyboard alone, up and down, by the figures and not by their letters", async () => {
    const page = await open(2000);
    const header = page.getByRole("columnheader", { name: "$ a month" });
    await header.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    const prices = async () => (await keys(page, 7)).map(Number);
    const rising = await prices();
    expect(rising).toEqual(rising.toSorted((one, other) => one - other));
    await page.keyboard.press("Space");
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    expect((await prices())[0]).toBe(Math.max(...inventedReport(2000).rows.map(({ usd }) => usd)));
    expect(await page.locator("[aria-sort]").count()).toBe(1);
  });

  itIf(...INSTALLED)("opens what drifts of a tenant by name, and leads to its app", async () => {
    const page = await open("varied");
    const row = page.getByRole("row", { name: longNames.row.tenant });
    expect(await row.getByText("unmanaged").isVisible()).toBe(false);
    await row.getByText("1 differs, 1 not declared").click();
    expect(await row.getByText("unmanaged").isVisible()).toBe(true);
    expect(await row.getByRole("link").getAttribute("href")).toBe(longNames.row.url);
    expect(complaints).toEqual([]);
  });

  itIf(...INSTALLED)("leads by its first link to the tenants", async () => {
    const page = await open(3);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("fleet");
  });

  itIf(...INSTALLED)("shows all tenants where scripts are off", async () => {
    const page = await open(300, { javaScriptEnabled: false });
    expect(await shown(page).count()).toBe(300);
    expect(await page.getByLabel("Search").isVisible()).toBe(false);
  });

  for (const [width, name] of [
    [390, "varied"],
    [1280, "varied"],
    [390, "tenant"],
    [1280, "tenant"],
  ] as const)
    itIf(...INSTALLED)(`wraps long names, and is never wider than the window: ${name}, ${width} pixels`, async () => {
      const page = await open(name);
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      // What sticks out of its own cell or card lies over its neighbour.
      const wide = await page.evaluate<string[]>(
        `[...document.querySelectorAll("th, td, li, .tile, h1, h2, h3")].filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent.slice(0, 40))`,
      );
      expect(wide).toEqual([]);
    });

  for (const [title, name, colorScheme, viewport] of [
    ["light", "varied", "light", DESKTOP],
    ["dark", "varied", "dark", DESKTOP],
    ["on a phone", "varied", "light", PHONE],
    ["one tenant, dark, on a phone", "tenant", "dark", PHONE],
  ] as const) {
    itIf(...INSTALLED)(`has no fault that axe finds: ${title}`, async () => {
      const page = await open(name, { bypassCSP: true });
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.addScriptTag({ content: AXE });
      const { violations, passes } = await page.evaluate<AxeResults>("axe.run()");
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([]);
      expect(passes.map(({ id }) => id)).toContain("color-contrast");
    });
  }
});
