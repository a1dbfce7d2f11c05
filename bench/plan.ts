import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";

import { startCloud } from "../tests/support/cloud.ts";
import { scratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/plan.ts [--tenants 200] [--changed 5] [--rounds 3]`: `tenantry plan` of a fleet of which some tenants changed,
 * against `pulumi preview` alone with and without a look at the vendors, in turn in one run.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "200" },
    changed: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
  },
});
const [tenants, changed, rounds] = [values.tenants, values.changed, values.rounds].map(Number) as [
  number,
  number,
  number,
];

const cloud = await startCloud();
const project = scratchProject(cloud.home);
try {
  const ids = Array.from({ length: tenants }, (_, index) => `tenant-${String(index).padStart(5, "0")}`);
  for (const id of ids) project.tenant(id);
  await ended(0, project.tenantry("up"));
  for (const id of ids.slice(0, changed)) project.tenant(id, "owner: team@example.com\nmachine: { memoryMb: 2048 }\n");
  const runs = {
    plan: () => ended(2, project.tenantry("plan", "--markdown", "plan.md", "--out", "plan.json")),
    previewRefresh: () => ended(0, project.pulumi("preview", "--refresh", "--skip-plugin-pre-install")),
    planNoRefresh: () => ended(2, project.tenantry("plan", "--no-refresh")),
    preview: () => ended(0, project.pulumi("preview", "--skip-plugin-pre-install")),
  };
  const seconds = Object.fromEntries(Object.keys(runs).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(runs)) seconds[name]?.push(await run());
    console.error(`round ${round + 1} of ${rounds}: ${JSON.stringify(seconds)}`);
  }
  const ratio = (one: string, other: string) =>
    seconds[one]?.map((value, round) => Math.round((value / (seconds[other]?.[round] ?? NaN)) * 100) / 100);
  const conditions = {
    tenants,
    changed,
    rounds,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: loadavg()[0],
  };
  const ratios = { refresh: ratio("plan", "previewRefresh"), noRefresh: ratio("planNoRefresh", "preview") };
  console.log(JSON.stringify({ conditions, seconds, ratios }, null, 2));
} finally {
  project.dispose();
  await cloud.dispose();
}

async function ended(code: number, run: Promise<{ code: number | null; stdout: string; stderr: string }>) {
  const started = performance.now();
  const ran = await run;
  if (ran.code !== code)
    throw new Error(`ended with ${String(ran.code)}: ${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`);
  return Math.round((performance.now() - started) / 10) / 100;
}
