import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../errors/tenantry-error.ts";
import { type Descriptor, readDescriptor } from "../stack/accounts.ts";
import { descriptorPath } from "../stack/home.ts";
import type { CloudStatus } from "./admin.ts";
import { cloudErrors } from "./errors.ts";

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 20;

/** Starts the embedded cloud of `home` in the background, or finds it running. Answers when every vendor is up. */
export async function bringUp(home: string): Promise<{ descriptor: Descriptor; wasUp: boolean }> {
  if ((await cloudStatus(home)) !== undefined) return { descriptor: readDescriptor(home), wasUp: true };
  const dir = join(home, "cloud");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const output = join(dir, "daemon.log");
  const log = openSync(output, "w", 0o600);
  const main = join(import.meta.dirname, "main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "--home", home];
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  for (const started = Date.now(); Date.now() - started < START_LIMIT_MS;) {
    await sleep(POLL_MS);
    if (await isServedBy(home, child.pid)) return { descriptor: readDescriptor(home), wasUp: false };
    if (child.exitCode !== null) break;
  }
  if ((await cloudStatus(home)) !== undefined) return { descriptor: readDescriptor(home), wasUp: true };
  child.kill("SIGTERM");
  const lastWords = readFileSync(output, "utf8").trim().split("\n").slice(-12).join("\n");
  throw new TenantryError(cloudErrors.CLOUD_DID_NOT_START, `see ${output}:\n${lastWords}`);
}

async function isServedBy(home: string, pid: number | undefined): Promise<boolean> {
  return (
    existsSync(descriptorPath(home)) &&
    readDescriptor(home).admin.pid === pid &&
    (await cloudStatus(home)) !== undefined
  );
}

/** Ends the embedded cloud of `home` and waits until it is gone. False when none was running. */
export async function takeDown(home: string): Promise<boolean> {
  const status = await cloudStatus(home);
  if (status === undefined) return false;
  await askAdmin(home, "POST", "/shutdown");
  for (const started = Date.now(); Date.now() - started < STOP_LIMIT_MS;) {
    await sleep(POLL_MS);
    if (!isAlive(status.pid)) return true;
  }
  process.kill(status.pid, "SIGKILL");
  return true;
}

/** What the running cloud of `home` says of itself; undefined when none answers. */
export async function cloudStatus(home: string): Promise<CloudStatus | undefined> {
  if (!existsSync(descriptorPath(home))) return undefined;
  try {
    return (await (await askAdmin(home, "GET", "/status")).json()) as CloudStatus;
  } catch {
    return undefined;
  }
}

/** One call to the cloud's admin address. */
export async function askAdmin(home: string, method: string, path: string, body?: unknown): Promise<Response> {
  const { endpoint, token } = readDescriptor(home).admin;
  const response = await fetch(`${endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(5000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
