import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { startCloud, type TestCloud } from "../support/cloud.ts";
import { type Process, processesOf } from "./processes.ts";
import { sideProject, type SideProject } from "./side-project.ts";

const TENANTRY = join(import.meta.dirname, "../../cli/tenantry");
const TENANTS = 12;
/** How long the last process may take to notice; most notice at once. */
const LIMIT_MS = 20_000;

/** Who is killed, and when: milliseconds after the program has begun. */
const USUAL = [
  ["the command line", 700],
  ["the command line", 1500],
  ["pulumi", 0],
] as const;
const DEEP = [
  ["the command line", 0],
  ["the command line", 300],
  ["the command line", 1100],
  ["the command line", 1900],
  ["pulumi", 300],
  ["pulumi", 1200],
  ["the language host", 700],
] as const;
const moments = process.env["TENANTRY_DEEP"] === "1" ? [...USUAL, ...DEEP] : USUAL;

let cloud: TestCloud;
let project: SideProject;
let made = 0;

beforeAll(async () => {
  cloud = await startCloud();
});

afterEach(() => {
  project.dispose();
});

afterAll(() => cloud.dispose(), 60_000);

const isProgram = ({ argv }: Process) => argv.some((word) => word.includes("@pulumi/pulumi/cmd/run"));

async function anUp(): Promise<ChildProcess & { pid: number }> {
  made += 1;
  project = sideProject(cloud, { prefix: `o${made}` });
  for (let n = 0; n < TENANTS; n++) project.tenant(`t${n}`);
  const env = { ...process.env, ...project.env };
  const child = spawn(TENANTRY, ["up"], { cwd: project.dir, env, stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function until(holds: () => boolean, limitMs: number): Promise<boolean> {
  const started = performance.now();
  while (!holds() && performance.now() - started < limitMs) await sleep(20);
  return holds();
}

function kill(victim: string, { pid }: { pid: number }): void {
  const name = { pulumi: /^pulumi$/, "the language host": /^pulumi-lang/ }[victim];
  const found = name === undefined ? { pid } : processesOf(project.home).find((process) => name.test(process.name));
  if (found === undefined) throw new Error(`there is no ${victim} to kill`);
  process.kill(found.pid, "SIGKILL");
}

describe("an up", () => {
  it.each(moments)(
    "leaves no process behind when %s is killed with -9, %i ms after the program began",
    async (victim, wait) => {
      const child = await anUp();
      expect(await until(() => processesOf(project.home).some(isProgram), 120_000)).toBe(true);
      await sleep(wait);
      kill(victim, child);
      await until(() => processesOf(project.home).length === 0, LIMIT_MS);
      expect(processesOf(project.home)).toEqual([]);
    },
    180_000,
  );
});
