import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";

import { AT_A_TIME } from "../operations/engine/at-a-time.ts";
import { startCloud } from "../tests/support/cloud.ts";
import { scratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/side-by-side.ts [--tenants 100] [--latency 150] [--rounds 3]`: `up` of new tenants at vendors that answer after
 * so many milliseconds, with as many resources at a time as Pulumi chooses and with as many as tenantry does at real vendors,
 * in turn in one run.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "100" },
    latency: { type: "string", default: "150" },
    rounds: { type: "string", default: "3" },
  },
});
const [tenants, latencyMs, rounds] = [values.tenants, values.latency, values.rounds].map(Number) as [
  number,
  number,
  number,
];

const ways = { "Pulumi's own": [], [`${AT_A_TIME} at a time`]: ["--parallel", String(AT_A_TIME)] };
const seconds = Object.fromEntries(Object.keys(ways).map((way) => [way, [] as number[]]));
for (let round = 0; round < rounds; round += 1) {
  for (const [way, args] of Object.entries(ways)) seconds[way]?.push(await upSeconds(args));
  console.error(`round ${round + 1} of ${rounds}: ${JSON.stringify(seconds)}`);
}
const conditions = { tenants, latencyMs, rounds, cores: cpus().length, node: process.version, load: loadavg()[0] };
console.log(JSON.stringify({ conditions, seconds }, null, 2));

async function upSeconds(args: readonly string[]): Promise<number> {
  const cloud = await startCloud();
  const project = scratchProject(cloud.home);
  try {
    for (let index = 0; index < tenants; index += 1) project.tenant(`tenant-${String(index).padStart(5, "0")}`);
    await cloud.faults({ kind: "latency", latencyMs });
    const started = performance.now();
    const { code, stdout, stderr } = await project.tenantry("up", ...args);
    if (code !== 0) throw new Error(`ended with ${String(code)}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
    return Math.round((performance.now() - started) / 100) / 10;
  } finally {
    project.dispose();
    await cloud.dispose();
  }
}
