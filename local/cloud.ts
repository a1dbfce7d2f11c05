import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../errors/tenantry-error.ts";
import { type Descriptor, readDescriptor } from "../stack/accounts.ts";
import { descriptorPath } from "../stack/home.ts";
import type { CloudStatus } from "./admin.ts";
import { cloudErrors } from "./errors.ts";
import { LateError, type LoopbackAnswer, loopbackCall } from "./loopback-call.ts";

const START_LIMIT_MS = 30_000;
/** Without machines; these may take as long as their `stop_config` says. */
const STOP_LIMIT_MS = 15_000;
/** The longest that Fly grants a stop. */
const MACHINE_LIMIT_MS = 300_000;
const POLL_MS = 20;
const HEAL_LIMIT_MS = 3000;
/** Whether it runs is known soon; who works with it waits for a busy computer. */
const [STATUS_LIMIT_MS, ASK_LIMIT_MS] = [5000, 30_000];

/** Whether machines really run, where they can, or are records in which nothing runs. */
export type Machines = "processes" | "records";

/** Whether machines that run are each on their app's own network, where that can be, or all on this computer's. */
export type Networks = "own" | "shared";

/** Starts the embedded cloud of `home` in the background, or finds it running. Answers when every vendor is up. */
export async function bringUp(
  home: string,
  machines: Machines,
  networks: Networks = "own",
): Promise<{ descriptor: Descriptor; wasUp: boolean }> {
  if ((await cloudStatus(home)) !== undefined) return { descriptor: readDescriptor(home), wasUp: true };
  const dir = join(home, "cloud");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const output = join(dir, "daemon.log");
  const log = openSync(output, "w", 0o600);
  const main = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
  const how = ["--home", home, "--machines", machines, "--networks", networks];
  const args = ["--disable-warning=ExperimentalWarning", "--min-semi-space-size=16", main, ...how];
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
  return descriptorIn(home)?.admin.pid === pid && (await cloudStatus(home)) !== undefined;
}

/** Undefined: there is none, or one that was damaged before the cloud that starts has written its own. */
function descriptorIn(home: string): Descriptor | undefined {
  try {
    return readDescriptor(home);
  } catch {
    return undefined;
  }
}

/** A cloud that runs writes a damaged descriptor anew within a second (local/main.ts): waits for that, and no longer. */
async function settledDescriptor(home: string): Promise<Descriptor | undefined> {
  const started = Date.now();
  let found = descriptorIn(home);
  while (found === undefined && existsSync(descriptorPath(home)) && Date.now() - started < HEAL_LIMIT_MS) {
    await sleep(POLL_MS);
    found = descriptorIn(home);
  }
  return found;
}

/**
 * Ends the embedded cloud of `home` and waits until it is gone. False when none was running. Machines are stopped first,
 * as their config says, so that all they wrote is in their buckets; `tell` hears how many are left.
 */
export async function takeDown(home: string, tell: (machinesLeft: number) => void = () => undefined): Promise<boolean> {
  const status = await cloudStatus(home);
  if (status === undefined) return false;
  const { admin } = readDescriptor(home);
  let left = Number(status.vendors["fly"]?.[RUNNING] ?? 0);
  if (left > 0) tell(left);
  await callAdmin(admin, "POST", "/shutdown");
  const started = Date.now();
  while (Date.now() - started < (left > 0 ? MACHINE_LIMIT_MS : STOP_LIMIT_MS)) {
    await sleep(left > 0 ? 10 * POLL_MS : POLL_MS);
    if (!isAlive(status.pid)) return true;
    const now = left > 0 ? await machinesLeft(admin) : 0;
    if (now !== left && now > 0) tell(now);
    left = now;
  }
  process.kill(status.pid, "SIGKILL");
  return true;
}

/** The figure of the embedded Fly that counts machines that run (local/fly/index.ts). */
export const RUNNING = "machines running";

async function machinesLeft(admin: Descriptor["admin"]): Promise<number> {
  try {
    const status = JSON.parse((await callAdmin(admin, "GET", "/status")).text) as CloudStatus;
    return Number(status.vendors["fly"]?.[RUNNING] ?? 0);
  } catch {
    return 0;
  }
}

/** What the running cloud of `home` says of itself; undefined when none answers. */
export async function cloudStatus(home: string): Promise<CloudStatus | undefined> {
  const found = await settledDescriptor(home);
  if (found === undefined) return undefined;
  try {
    return JSON.parse((await callAdmin(found.admin, "GET", "/status")).text) as CloudStatus;
  } catch {
    return undefined;
  }
}

/** One call to the cloud's admin address. Throws CLOUD_NOT_UP, CLOUD_NOT_ANSWERING and CLOUD_CALL_REFUSED. */
export async function askAdmin(
  home: string,
  method: string,
  path: string,
  body?: unknown,
  limitMs = ASK_LIMIT_MS,
): Promise<LoopbackAnswer> {
  return callAdmin(readDescriptor(home).admin, method, path, body, limitMs);
}

async function callAdmin(
  { endpoint, token }: Descriptor["admin"],
  method: string,
  path: string,
  body?: unknown,
  limitMs = STATUS_LIMIT_MS,
): Promise<LoopbackAnswer> {
  const call = `${method} ${path}`;
  const headers = { authorization: `Bearer ${token}` };
  const asked = loopbackCall({ method, url: `${endpoint}${path}`, headers, body, limitMs });
  const answer = await asked.catch((cause: unknown) => {
    const why = cause instanceof LateError ? cause.message : "nothing answers at its address";
    throw new TenantryError(cloudErrors.CLOUD_NOT_ANSWERING, `${call}: ${why}`, { cause });
  });
  if (answer.isOk) return answer;
  throw new TenantryError(cloudErrors.CLOUD_CALL_REFUSED, `${call}: ${answer.status} ${answer.text.slice(0, 200)}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
