import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { endProcessesOf, type Process, processesOf } from "./processes.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const TENANTS = 20;
/** How long the last process may take to notice; most notice at once. */
const LIMIT_MS = 3000;

let cloud: TestCloud;
let project: SideProject;
let made = 0;

beforeAll(async () => {
  cloud = await startCloud();
});

afterEach(() => {
  endProcessesOf(project.home);
  project.dispose();
});

afterAll(() => cloud.dispose(), 60_000);

function isProgram({ argv }: Process): boolean {
  return argv.some((word) => word.includes("@pulumi/pulumi/cmd/run"));
}

async function underWay(verb: string): Promise<ChildProcess & { pid: number }> {
  made += 1;
  project = sideProject(cloud, { prefix: `o${made}` });
  for (let n = 0; n < TENANTS; n++) project.tenant(`t${n}`);
  const env = { ...process.env, TENANTRY_HOME: project.home };
  const child = spawn(TENANTRY, [verb], { cwd: project.dir, env, stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function until(holds: () => boolean, limitMs: number): Promise<boolean> {
  for (const started = performance.now(); performance.now() - started < limitMs; await sleep(20)) {
    if (holds()) return true;
  }
  return holds();
}

async function leftAfter(victim: string, signalled: ChildProcess & { pid: number }): Promise<string[]> {
  if (victim === "the command line") process.kill(signalled.pid, "SIGKILL");
  else {
    const wanted = victim === "the language host" ? "pulumi-language" : "pulumi";
    const found = processesOf(project.home).find(({ name }) => (wanted === "pulumi" ? name === wanted : name.startsWith(wanted)));
    if (found === undefined) throw new Error(`no ${victim} to kill`);
    process.kill(found.pid, "SIGKILL");
  }
  await until(() => processesOf(project.home).length === 0, LIMIT_MS);
  return processesOf(project.home).map(({ name, argv }) => `${name}: ${argv.join(" ").slice(0, 100)}`);
}

describe("after kill -9", () => {
  it.each([
    ["the command line", "up", 0],
    ["the command line", "up", 300],
    ["the command line", "up", 700],
    ["the command line", "up", 1500],
    ["pulumi", "up", 0],
    ["pulumi", "up", 700],
    ["the language host", "up", 700],
  ])("of %s of `%s`, %i ms after the program began, nothing of the run is left", async (victim, verb, wait) => {
    const child = await underWay(verb);
    expect(await until(() => processesOf(project.home).some(isProgram), 30_000)).toBe(true);
    await sleep(wait);
    expect(await leftAfter(victim, child)).toEqual([]);
  }, 60_000);
});
