import { statSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startCloud } from "../tests/support/cloud.ts";
import { type Ran, scratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/scale.ts [--tenants 10000] [--stacks 50] [--workers 2]`: a group of many stacks on the embedded cloud: bring it
 * up, check all files, plan all of it with nothing changed, add one tenant, list, cost, drift of one stack. Prints JSON, seconds.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "10000" },
    stacks: { type: "string", default: "50" },
    workers: { type: "string", default: String(cpus().length) },
  },
});
const [tenants, count, workers] = [Number(values.tenants), Number(values.stacks), values.workers];
const stacks = Array.from({ length: count }, (_, at) => `prod-${String(at).padStart(2, "0")}`);
const each = Math.ceil(tenants / count);

const cloud = await startCloud();
const project = scratchProject(cloud.home);
try {
  // One more than they hold, so that one can be added.
  for (const stack of stacks) project.settings({ stackGroup: "prod", shardLimit: String(each + 1) }, stack);
  for (let index = 0; index < tenants; index += 1)
    project.tenant(
      `t-${String(index).padStart(5, "0")}`,
      "owner: team@example.com\n",
      stacks[Math.floor(index / each)],
    );
  const fleet = (...words: string[]) => project.tenantry("fleet", ...words, "--stack-group", "prod", "--json");
  const seconds: Record<string, number> = {};
  const timed = async (what: string, code: number, run: () => Promise<Ran>) => {
    const started = performance.now();
    const ran = await run();
    if (ran.code !== code)
      throw new Error(`${what} ended with ${String(ran.code)}: ${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`);
    seconds[what] = Math.round((performance.now() - started) / 100) / 10;
    console.error(`${what}: ${String(seconds[what])} s`);
  };
  const many = ["--workers", workers];
  await timed("up, all new", 0, () => fleet("up", "--yes", "--no-refresh", ...many));
  await timed("validate all", 0, () => fleet("validate"));
  await timed("plan all, nothing changed", 0, () => fleet("plan", "--no-refresh", ...many));
  await timed("list", 0, () => fleet("list", ...many));
  await timed("cost", 0, () => fleet("cost", "--no-measure"));
  await timed("drift of one stack", 0, () => project.tenantry("drift", "--stack", "prod-00", "--json"));
  await timed("new", 0, () => project.tenantry("new", "one-more", "--owner", "a@b.example", "--stack-group", "prod"));
  await timed("up of its stack", 0, () => project.tenantry("up", "--stack", "prod-00", "--no-refresh", "--yes"));
  const state = statSync(join(cloud.home, "state/.pulumi/stacks/tenantry/prod-00.json")).size;
  const conditions = {
    ...{ tenants, stacks: count, workers: Number(workers), cores: cpus().length },
    ...{ memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version, load: loadavg()[0] },
  };
  console.log(JSON.stringify({ conditions, seconds, stateBytesPerTenant: Math.round(state / (each + 1)) }, null, 2));
} finally {
  project.dispose();
  await cloud.dispose();
}
