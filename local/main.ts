import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { TenantryError } from "../errors/tenantry-error.ts";
import { type ExclusiveLock, exclusiveLock } from "../stack/exclusive-lock.ts";
import { descriptorPath } from "../stack/home.ts";
import { adminApp } from "./admin.ts";
import { CallLog } from "./call-log.ts";
import { cloudErrors } from "./errors.ts";
import { FaultPlan } from "./faults.ts";
import { type CloudParts, openRuntime, PORTS } from "./vendor-runtime.ts";
import type { EngineState } from "./supervision.ts";
import type { RunningVendor, Vendor } from "./surface.ts";
import { SwitchBoards } from "./switches.ts";

const DESCRIPTOR_LOOK_MS = 1000;

const VENDORS: Readonly<Record<string, () => Promise<Vendor>>> = {
  tigris: async () => (await import("./tigris/index.ts")).tigris,
  turso: async () => (await import("./turso/index.ts")).turso,
  fly: async () => (await import("./fly/index.ts")).fly,
};

const { values } = parseArgs({
  options: {
    home: { type: "string" },
    vendors: { type: "string", default: Object.keys(VENDORS).join(",") },
    /** processes: machines of Fly really run, where they can. records: nothing runs in them. */
    machines: { type: "string", default: "records" },
    /** own: each machine that runs is on its app's network, where that can be. shared: all are on this computer's. */
    networks: { type: "string", default: "own" },
    /** by-name: the address of Tigris has names below it, `bucket.localhost`, for who resolves them. by-number: 127.0.0.1. */
    storage: { type: "string", default: "by-number" },
    /** Ports to choose from, `20000-30000`: clouds that are started and ended side by side keep out of each other's way. */
    ports: { type: "string", default: `${PORTS.first}-${PORTS.end}` },
    /** End when standard input closes: a cloud of a test ends with the test, however that ends. */
    "while-stdin": { type: "boolean", default: false },
  },
});
if (values.home === undefined)
  throw new Error(
    "usage: main.ts --home DIR [--vendors a,b] [--machines records|processes] [--networks own|shared] [--storage by-number|by-name] [--ports A-B] [--while-stdin]",
  );

const [first = PORTS.first, end = PORTS.end] = values.ports.split("-").map(Number);
// Volumes and programs are for the machines' own users, whatever the caller's umask. The folder around all of it is 0700, and
// what is secret in it is 0600.
process.umask(0o022);
try {
  await runCloud(values.home, values.vendors.split(","), {
    options: { machines: values.machines, networks: values.networks, storage: values.storage },
    ports: { first, end },
    whileStdin: values["while-stdin"],
  });
} catch (error) {
  if (!(error instanceof TenantryError)) throw error;
  // The last words, which `cloud up` shows. Not by an exit code alone: engines that have started end with this process.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** Runs the embedded cloud until it is told to stop. Its descriptor appears when every vendor is up. */
async function runCloud(
  home: string,
  names: readonly string[],
  { whileStdin, ...choices }: Pick<CloudParts, "options" | "ports"> & { readonly whileStdin: boolean },
): Promise<void> {
  const dir = join(home, "cloud");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeLock(dir);
  const parts: CloudParts = {
    dir,
    clock: () => new Date(),
    calls: new CallLog(),
    faults: new FaultPlan(),
    switches: new SwitchBoards(),
    vendorPorts: new Set(),
    ...choices,
    log: (line) => appendFileSync(join(dir, "cloud.log"), `${new Date().toISOString()} ${line}\n`, { mode: 0o600 }),
  };
  const stopping = Promise.withResolvers<undefined>();
  const stop = () => stopping.resolve(undefined);
  process.once("SIGTERM", stop).once("SIGINT", stop);
  if (whileStdin) process.stdin.on("end", stop).resume();

  const homes = await Promise.all(names.map((name) => startVendor(name, parts)));
  const admin = await startAdmin(parts, homes, stop);
  for (const { vendor } of homes) vendor.ready?.();
  const descriptor = JSON.stringify(
    {
      ...Object.fromEntries(homes.map(({ name, vendor }) => [name, { ...vendor.endpoints, ...vendor.credentials }])),
      admin,
    },
    null,
    2,
  );
  publish(home, descriptor);
  const keeping = setInterval(() => keepPublished(home, descriptor), DESCRIPTOR_LOOK_MS);
  parts.log(`up: ${names.join(", ")}`);

  await stopping.promise;
  clearInterval(keeping);
  rmSync(descriptorPath(home), { force: true });
  // Machines, of the last vendor, still write to the others while they stop.
  for (const { vendor } of homes.toReversed()) await vendor.stop();
  await Promise.all(homes.map(({ close }) => close()));
  parts.log("down");
  lock.release();
  process.exit(0);
}

/** One cloud per folder: the lock is an open SQLite transaction, which the kernel releases however the process ends. */
function takeLock(dir: string): ExclusiveLock {
  const lock = exclusiveLock(join(dir, "lock.db"));
  if (lock === "held") throw new TenantryError(cloudErrors.CLOUD_BUSY, `the cloud in ${dir} is in use`);
  return lock;
}

interface Home {
  readonly name: string;
  readonly vendor: RunningVendor;
  engines(): EngineState[];
  close(): Promise<void>;
}

async function startVendor(name: string, parts: CloudParts): Promise<Home> {
  const load = VENDORS[name];
  if (load === undefined) throw new Error(`no vendor ${name}; there are ${Object.keys(VENDORS).join(", ")}`);
  const { runtime, engines, close } = openRuntime(name, parts);
  const vendor = await (await load()).start(runtime);
  return { name, vendor, engines, close };
}

async function startAdmin(parts: CloudParts, homes: readonly Home[], shutdown: () => void) {
  const token = randomBytes(24).toString("base64url");
  const startedAt = new Date().toISOString();
  const app = adminApp({
    token,
    calls: parts.calls,
    faults: parts.faults,
    switches: parts.switches,
    shutdown,
    async status() {
      const figures = await Promise.all(homes.map(async ({ name, vendor }) => [name, await vendor.status()] as const));
      const engines = homes.flatMap((home) => home.engines());
      return { pid: process.pid, startedAt, vendors: Object.fromEntries(figures), engines };
    },
  });
  // A log and a fault plan of its own: what the administrator asks is no call to a vendor and never fails on purpose. Its port
  // is none of a vendor's: no machine reaches it.
  const own = { calls: new CallLog(), faults: new FaultPlan(), vendorPorts: new Set<number>() };
  const { runtime } = openRuntime("admin", { ...parts, ...own });
  const identify = () => ({ name: "admin", mutating: false });
  const endpoint = await runtime.serve({ name: "admin", app, identify });
  return { endpoint, token, pid: process.pid };
}

function publish(home: string, descriptor: string): void {
  const path = descriptorPath(home);
  writeFileSync(`${path}.new`, descriptor, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** A damaged or deleted descriptor would leave a cloud that cannot be reached or stopped. */
function keepPublished(home: string, descriptor: string): void {
  try {
    if (readFileSync(descriptorPath(home), "utf8") !== descriptor) publish(home, descriptor);
  } catch {
    if (existsSync(join(home, "cloud"))) publish(home, descriptor);
  }
}
