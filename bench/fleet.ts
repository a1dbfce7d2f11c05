import { statSync, symlinkSync, unlinkSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startCloud, type TestCloud } from "../tests/support/cloud.ts";
import { scratchProject, type ScratchProject } from "../tests/support/scratch-project.ts";

/**
 * `node bench/fleet.ts [--tenants 100] [--rounds 3]`: `up` and a no-change preview of many new tenants on the embedded
 * cloud, against the same program on a provider that does nothing, in turn in one run; and the size of the state.
 */
const { values } = parseArgs({
  options: { tenants: { type: "string", default: "100" }, rounds: { type: "string", default: "3" } },
});
const tenants = Number(values.tenants);
const rounds = Number(values.rounds);

interface Figures {
  readonly upSeconds: number;
  readonly previewSeconds: number;
  readonly stateBytesPerTenant: number;
}

const real: Figures[] = [];
const idle: Figures[] = [];
for (let round = 0; round < rounds; round += 1) {
  real.push(await measure("real"));
  idle.push(await measure("idle"));
  console.error(`round ${round + 1} of ${rounds}: real ${line(real.at(-1))}; idle ${line(idle.at(-1))}`);
}

const ratios = {
  up: median(real.map((figures, round) => figures.upSeconds / (idle[round]?.upSeconds ?? NaN))),
  preview: median(real.map((figures, round) => figures.previewSeconds / (idle[round]?.previewSeconds ?? NaN))),
};
console.log(
  JSON.stringify(
    {
      conditions: {
        tenants,
        rounds,
        cores: cpus().length,
        memoryGb: Math.round(totalmem() / 2 ** 30),
        node: process.version,
      },
      real: medians(real),
      idle: medians(idle),
      ratios,
    },
    null,
    2,
  ),
);

async function measure(provider: "real" | "idle"): Promise<Figures> {
  const cloud = await startCloud();
  const project = scratchProject(cloud.home);
  try {
    for (let index = 0; index < tenants; index += 1) project.tenant(`tenant-${String(index).padStart(5, "0")}`);
    if (provider === "idle") useIdleProvider(project);
    await allowEverything(cloud);
    const upSeconds = await seconds(() => project.tenantry("up"));
    const previewSeconds = await seconds(() => project.pulumi("preview", "--expect-no-changes", "--json"));
    return { upSeconds, previewSeconds, stateBytesPerTenant: Math.round(stateBytes(cloud.home) / tenants) };
  } finally {
    project.dispose();
    await cloud.dispose();
  }
}

/** The rate limits are kept per app and machine; they would not bite here, but their clock must not decide a comparison. */
async function allowEverything(cloud: TestCloud): Promise<void> {
  const { endpoint, token } = cloud.descriptor.fly;
  await fetch(`${endpoint}/_embedded/rate-limits`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ enabled: false }),
  });
}

function useIdleProvider(project: ScratchProject): void {
  unlinkSync(join(project.dir, "provider"));
  // The program takes only types from the provider's folder, so another one may stand in its place.
  symlinkSync(join(import.meta.dirname, "idle-provider"), join(project.dir, "provider"));
}

async function seconds(work: () => Promise<{ code: number | null; stdout: string; stderr: string }>): Promise<number> {
  const started = performance.now();
  const { code, stdout, stderr } = await work();
  if (code !== 0) throw new Error(`ended with ${String(code)}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return (performance.now() - started) / 1000;
}

function stateBytes(home: string): number {
  return statSync(join(home, "state/.pulumi/stacks/tenantry/local.json")).size;
}

function medians(figures: readonly Figures[]): Figures {
  return {
    upSeconds: median(figures.map((each) => each.upSeconds)),
    previewSeconds: median(figures.map((each) => each.previewSeconds)),
    stateBytesPerTenant: median(figures.map((each) => each.stateBytesPerTenant)),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? NaN) * 100) / 100;
}

function line(figures: Figures | undefined): string {
  if (figures === undefined) return "";
  return `up ${figures.upSeconds.toFixed(1)} s, preview ${figures.previewSeconds.toFixed(1)} s`;
}
