import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { computerOf, loadNow, versionsOf } from "../operations/bench/conditions.ts";
import { measured } from "../operations/bench/measured.ts";
import { copyProject, openPlace } from "../operations/bench/place.ts";
import { toolsEnvironment } from "../tools/environment.ts";
import type { ScaleFigure, ScaleRun } from "./scale-run.ts";

/**
 * `node bench/scale.ts [--tenants 10000] [--stacks 50] [--workers 2] [--out docs/scale.json]`: a group of many stacks on the
 * embedded cloud: brings it up, checks all files, plans all of it with nothing changed, lists, costs, reports, looks for drift in
 * one stack, adds one tenant. It prints each figure at once and writes it to `--out`, where those of other sizes stay: an
 * interrupted run keeps what it has measured.
 */
const { values } = parseArgs({
  options: {
    tenants: { type: "string", default: "10000" },
    stacks: { type: "string", default: "50" },
    workers: { type: "string", default: String(cpus().length) },
    out: { type: "string" },
  },
});
const [tenants, count] = [Number(values.tenants), Number(values.stacks)];
const projectDir = join(import.meta.dirname, "..");
const stacks = Array.from({ length: count }, (_, at) => `prod-${String(at).padStart(2, "0")}`);
const each = Math.ceil(tenants / count);

const figures: Record<string, ScaleFigure> = {};
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());

const place = await openPlace("none");
try {
  copyProject(projectDir, place.dir);
  const shared = readFileSync(join(place.dir, "Pulumi.local.yaml"), "utf8");
  for (const stack of stacks) {
    // One more than they hold, so that one can be added.
    const own = `  tenantry:stackGroup: prod\n  tenantry:shardLimit: "${String(each + 1)}"\n`;
    writeFileSync(join(place.dir, `Pulumi.${stack}.yaml`), shared + own);
    mkdirSync(join(place.dir, "tenants", stack), { recursive: true });
  }
  for (let index = 0; index < tenants; index += 1) {
    const file = `${stacks[Math.floor(index / each)] ?? ""}/t-${String(index).padStart(5, "0")}.yaml`;
    writeFileSync(join(place.dir, "tenants", file), "owner: team@example.com\n");
  }
  const group = ["--stack-group", "prod"];
  const many = [...group, "--json", "--workers", values.workers];
  await timed("`fleet up`, all new", ["fleet", "up", "--yes", "--no-refresh", ...many]);
  await timed("`fleet validate`", ["fleet", "validate", ...group, "--json"]);
  await timed("`fleet plan --no-refresh`, no change", ["fleet", "plan", "--no-refresh", ...many]);
  await timed("`fleet list`", ["fleet", "list", ...many]);
  await timed("`fleet cost --no-measure`", ["fleet", "cost", "--no-measure", ...group, "--json"]);
  await timed("`fleet report --no-measure`", ["fleet", "report", "--no-measure", ...many]);
  await timed("`drift` of one stack", ["drift", "--stack", "prod-00", "--json"]);
  await timed("`new --stack-group`", ["new", "one-more", "--owner", "a@b.example", ...group]);
  await timed("`up` of the stack with the tenant", ["up", "--stack", "prod-00", "--no-refresh", "--yes"]);
} finally {
  await place.dispose();
}

/** Runs a command of tenantry's and keeps what it took. */
async function timed(what: string, args: readonly string[]): Promise<void> {
  const env = { ...toolsEnvironment({ projectDir, env: process.env }), TENANTRY_HOME: place.home };
  const step = { words: [join(projectDir, "cli/tenantry"), ...args] as [string, ...string[]], cwd: place.dir, env };
  const { seconds, processes, othersShare } = await measured(step, place.cloud?.pid, stopped.signal);
  const of = (key: "cpuSeconds" | "peakMb") =>
    Object.fromEntries(processes.map((usage) => [usage.kind, Math.round(usage[key] * 10) / 10]));
  figures[what] = { seconds, othersShare, cpuSeconds: of("cpuSeconds"), peakMb: of("peakMb") };
  console.log(`${what}: ${seconds.toFixed(1)} s, load ${String(loadNow()[0])}; MB ${JSON.stringify(of("peakMb"))}`);
  if (values.out !== undefined) keep(values.out);
}

/** Writes what is measured by now, in the place of an earlier run of this size. */
function keep(file: string): void {
  const state = join(place.home, "state/.pulumi/stacks/tenantry/prod-00.json");
  const run: ScaleRun = {
    ...{ tenants, stacks: count, workers: Number(values.workers), measuredAt: new Date().toISOString() },
    ...{ computer: computerOf(), versions: versionsOf(projectDir, process.env), load: loadNow() },
    stateBytesPerTenant: existsSync(state) ? Math.round(statSync(state).size / each) : 0,
    figures,
  };
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ScaleRun[]) : [];
  const others = kept.filter((one) => one.tenants !== tenants || one.stacks !== count);
  const all = [...others, run].sort((one, other) => one.tenants - other.tenants);
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}
