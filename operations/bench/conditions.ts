import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";

import { toolsEnvironment } from "../../tools/environment.ts";
import type { BenchReport } from "./report.ts";

export function computerOf(): BenchReport["machine"] {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

export function loadNow(): number[] {
  return loadavg().map((each) => Math.round(each * 10) / 10);
}

/** What was measured, and what it ran on; a program that is not here has no version. */
export function versionsOf(projectDir: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
  const programs = ["pulumi", "terraform"].flatMap((name) => {
    const { stdout } = spawnSync(name, ["version"], { env: toolsEnvironment({ projectDir, env }), encoding: "utf8" });
    // Of a program that is not here nothing is said: null.
    const version = /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
    return version === undefined ? [] : [[name, version] as const];
  });
  return { tenantry: own.version, node: process.version.slice(1), ...Object.fromEntries(programs) };
}
