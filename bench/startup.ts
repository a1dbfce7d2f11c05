import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startCloud } from "../tests/support/cloud.ts";
import { startPlugin } from "../tests/support/plugin-client.ts";

/**
 * `node bench/startup.ts [--runs 10]`: how long the command line takes to answer `--help`, the provider to answer its port,
 * and the embedded cloud to be up. Milliseconds; the first run of each, which fills the compile cache, does not count.
 */
const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
const runs = Number(values.runs);
const root = join(import.meta.dirname, "..");

const help: number[] = [];
const provider: number[] = [];
const cloud: number[] = [];
for (let run = 0; run <= runs; run += 1) {
  help.push(await milliseconds(() => void spawnSync(join(root, "cli/tenantry"), ["--help"], { cwd: root })));
  const plugin = await startPlugin(root, {});
  provider.push(plugin.startedInMs);
  plugin.process.kill();
  const started = performance.now();
  const up = await startCloud();
  cloud.push(performance.now() - started);
  await up.dispose();
}
const figures = { help: spread(help), provider: spread(provider), embeddedCloud: spread(cloud) };
console.log(JSON.stringify({ conditions: { runs, cores: cpus().length, node: process.version }, ...figures }, null, 2));

async function milliseconds(work: () => void | Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function spread(all: readonly number[]): { min: number; median: number; max: number } {
  const sorted = all.slice(1).toSorted((one, other) => one - other);
  const at = (place: number) => Math.round(sorted[place] ?? NaN);
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}
