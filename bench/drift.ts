import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { AT_A_TIME } from "../operations/engine/at-a-time.ts";
import { startCloud } from "../tests/support/cloud.ts";
import { type Ran, scratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/drift.ts [--tenants 100] [--latency 250] [--rounds 3]`: `drift` of a fleet whose vendors answer after so many
 * milliseconds, against its own calls spread over its concurrency; what it takes when they answer at once; and what Pulumi's
 * own refresh takes with the reads at a time that it chooses by itself, once.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "100" },
    latency: { type: "string", default: "250" },
    rounds: { type: "string", default: "3" },
  },
});
const [tenants, latencyMs, rounds] = [values.tenants, values.latency, values.rounds].map(Number) as [
  number,
  number,
  number,
];

const cloud = await startCloud();
const project = scratchProject(cloud.home);
try {
  project.tenant("tenant-00000");
  await ran(() => project.tenantry("up"));
  const engineStart = await median(() => seconds(() => project.tenantry("drift")));
  for (let index = 1; index < tenants; index += 1) project.tenant(`tenant-${String(index).padStart(5, "0")}`);
  await ran(() => project.tenantry("up"));
  const atOnce = await median(() => seconds(() => project.tenantry("drift")));
  await cloud.faults({ mutating: false, kind: "latency", latencyMs });
  const late = await median(() => seconds(() => project.tenantry("drift")));
  const byItself = rounded(await seconds(() => project.pulumi("refresh", "--preview-only", "--json")));
  await cloud.forgetCalls();
  await ran(() => project.tenantry("drift"));
  const calls = (await cloud.calls()).reduce((sum, { count }) => sum + count, 0);
  const ideal = (calls * latencyMs) / 1000 / AT_A_TIME;
  console.log(
    JSON.stringify(
      {
        conditions: { tenants, latencyMs, rounds, cores: cpus().length, node: process.version },
        calls,
        readsAtATime: AT_A_TIME,
        seconds: {
          oneTenantNoLatency: engineStart,
          noLatency: atOnce,
          withLatency: late,
          pulumiByItselfWithLatency: byItself,
        },
        budget: { seconds: rounded(1.3 * ideal + engineStart), isMet: late <= 1.3 * ideal + engineStart },
        idealSeconds: rounded(ideal),
      },
      null,
      2,
    ),
  );
} finally {
  project.dispose();
  await cloud.dispose();
}

async function ran(work: () => Promise<Ran>): Promise<void> {
  const { code, stdout, stderr } = await work();
  if (code !== 0) throw new Error(`ended with ${String(code)}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
}

async function seconds(work: () => Promise<Ran>): Promise<number> {
  const started = performance.now();
  await ran(work);
  return (performance.now() - started) / 1000;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await measure());
  return rounded(all.toSorted((one, other) => one - other)[Math.floor(rounds / 2)] ?? NaN);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
