import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Difference } from "../../local/fidelity.ts";
import type { Switches } from "../../local/switches.ts";
import { cell, code, table } from "./markdown.ts";

/** What the embedded cloud knows of one vendor beyond the vendor's documents. */
export interface VendorTables {
  readonly vendor: string;
  readonly switches: Switches;
  readonly fidelity: readonly Difference[];
}

/** The tables of all vendors that have any: of every `local/<vendor>/switches.ts` and `fidelity.ts`. */
export async function vendorTables(projectDir: string): Promise<VendorTables[]> {
  const files = globSync("local/*/{switches,fidelity}.ts", { cwd: projectDir });
  const vendors = [...new Set(files.map((file) => basename(dirname(file))))].sort();
  const load = async (vendor: string, name: string) =>
    files.includes(join("local", vendor, `${name}.ts`))
      ? ((await import(pathToFileURL(join(projectDir, "local", vendor, `${name}.ts`)).href)) as object)
      : {};
  return Promise.all(
    vendors.map(async (vendor) => ({
      vendor,
      switches: {},
      fidelity: [],
      ...(await load(vendor, "switches")),
      ...(await load(vendor, "fidelity")),
    })),
  );
}

/** One section per vendor: its switches, then its differences with the tests that show them. */
export function embeddedCloudTables(vendors: readonly VendorTables[]): string {
  return vendors.map(section).join("\n\n");
}

function section({ vendor, switches, fidelity }: VendorTables): string {
  const switchRows = Object.entries(switches).map(([name, { preset, awkward, does, source }]) => [
    code(`${vendor}.${name}`),
    code(preset),
    code(awkward),
    cell(does),
    cell(source),
  ]);
  const differenceRows = fidelity.map(({ id, now, tests, open, commit = "" }) => [
    cell(id),
    open === undefined ? "done" : cell(`open: ${open}`),
    cell(now),
    tests.map(({ file, title }) => `${cell(title)} ([${basename(file)}](../tests/${file}))`).join("; "),
    cell(commit),
  ]);
  return [
    `## ${vendor.charAt(0).toUpperCase()}${vendor.slice(1)}`,
    table(["switch", "default", "awkward", "when it is on", "source"], switchRows),
    table(["difference", "state", "what the embedded cloud does", "test", "commit"], differenceRows),
  ].join("\n\n");
}
