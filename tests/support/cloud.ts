import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { CallCount } from "../../local/call-log.ts";
import type { FaultRule } from "../../local/faults.ts";
import type { SwitchValue } from "../../local/switches.ts";
import { type Descriptor } from "../../stack/accounts.ts";
import { descriptorPath } from "../../stack/home.ts";
import { discard } from "./evidence.ts";

/** A fault as a test writes it: only what differs from the defaults. */
export type CloudFault = Partial<FaultRule> & Pick<FaultRule, "kind">;

/** An embedded cloud of a test's own: a folder of its own, ports of its own, ends with the test process. */
export interface TestCloud {
  /** TENANTRY_HOME of this cloud. */
  readonly home: string;
  /** Addresses and credentials. They stay the same over `restart`. */
  descriptor: Descriptor;
  faults(...rules: CloudFault[]): Promise<void>;
  /** How many calls each of these rules has hit. */
  struck(): Promise<number[]>;
  /** Sets switches by their full names: `{"fly.autostartIgnored": true}`. `docs/embedded-cloud.md` lists them. */
  switches(values: Readonly<Record<string, SwitchValue>>): Promise<void>;
  /** Every switch of every vendor at its awkward value: a bad day. */
  allSwitches(): Promise<void>;
  resetSwitches(): Promise<void>;
  calls(): Promise<CallCount[]>;
  forgetCalls(): Promise<void>;
  /**
   * Resolves once `count` calls that change something have arrived since `forgetCalls`, at one vendor or at all, and throws
   * when the process that is to make them ends before that.
   */
  called(count: number, by: ChildProcess | Promise<unknown>, vendor?: string): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again after `kill` or `halt`. */
  restart(): Promise<void>;
  /** A clean stop that keeps the data. */
  halt(): Promise<void>;
  /** Ends it and removes its folder. Call it in afterAll; safe to repeat. */
  dispose(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

/** Each of jest's workers has ports of its own: else a cloud that is down for a moment could find its port taken by another's. */
function portsOfWorker(): string {
  const each = 2500;
  const first = 20_000 + ((Number(process.env["JEST_WORKER_ID"] ?? 1) - 1) % 4) * each;
  return `${first}-${first + each}`;
}

/**
 * Starts an embedded cloud for a test. `vendors` limits it to what the test needs; with `machines: "processes"` machines
 * really run, where they can (tests/container/machine.ts, `machinesRun`); with `storage: "by-name"` buckets have host names,
 * which resolve for who imports tests/support/localhost-names.js.
 */
export async function startCloud({
  vendors = ["tigris", "turso", "fly"],
  machines = "records",
  networks = "own",
  storage = "by-number",
}: {
  vendors?: string[];
  machines?: "records" | "processes";
  networks?: "own" | "shared";
  storage?: "by-number" | "by-name";
} = {}): Promise<TestCloud> {
  const home = mkdtempSync(join(tmpdir(), "tenantry-test-"));
  const options = [
    "--vendors",
    vendors.join(","),
    "--machines",
    machines,
    "--networks",
    networks,
    "--storage",
    storage,
  ];
  let daemon = await launch(home, options);
  const end = async (signal: NodeJS.Signals) => {
    if (daemon.exitCode === null && daemon.signalCode === null) {
      const gone = once(daemon, "exit");
      daemon.kill(signal);
      await gone;
    }
  };
  const admin = async (method: string, path: string, body?: unknown, signal?: AbortSignal) => {
    const { endpoint, token } = cloud.descriptor.admin;
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ?? null,
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const cloud: TestCloud = {
    home,
    descriptor: describe(home),
    faults: async (...rules) => {
      await admin("PUT", "/faults", rules);
    },
    struck: async () => (await (await admin("GET", "/faults/struck")).json()) as number[],
    switches: async (values) => {
      await admin("POST", "/switches", values);
    },
    allSwitches: async () => {
      await admin("POST", "/switches/all");
    },
    resetSwitches: async () => {
      await admin("DELETE", "/switches");
    },
    calls: async () => (await (await admin("GET", "/calls")).json()) as CallCount[],
    forgetCalls: async () => {
      await admin("DELETE", "/calls");
    },
    async called(count, by, vendor) {
      const asking = new AbortController();
      const ended = by instanceof Promise ? by : by.exitCode === null ? once(by, "exit") : Promise.resolve();
      const query = new URLSearchParams({ mutating: String(count), ...(vendor === undefined ? {} : { vendor }) });
      const arrived = admin("GET", `/calls/arrived?${query.toString()}`, undefined, asking.signal);
      const first = await Promise.race([arrived.then(() => "arrived"), ended.then(() => "ended")]);
      if (first === "arrived") return;
      asking.abort();
      await arrived.catch(() => undefined);
      throw new Error(`ended before ${count} calls had arrived`);
    },
    kill: () => end("SIGKILL"),
    halt: () => end("SIGTERM"),
    async restart() {
      daemon = await launch(home, options);
      cloud.descriptor = describe(home);
    },
    async dispose() {
      await end("SIGTERM");
      discard(home);
    },
  };
  return cloud;
}

function describe(home: string): Descriptor {
  return JSON.parse(readFileSync(descriptorPath(home), "utf8")) as Descriptor;
}

async function launch(home: string, options: readonly string[]): Promise<ChildProcess> {
  // A descriptor left by a killed cloud must not be taken for the new one's.
  rmSync(descriptorPath(home), { force: true });
  const main = join(import.meta.dirname, "../../local/main.ts");
  const args = [
    "--disable-warning=ExperimentalWarning",
    "--min-semi-space-size=16",
    main,
    "--home",
    home,
    ...options,
    "--ports",
    portsOfWorker(),
    "--while-stdin",
  ];
  const daemon = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "pipe"] });
  let words = "";
  daemon.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  for (const started = Date.now(); Date.now() - started < START_LIMIT_MS;) {
    await sleep(10);
    if (existsSync(descriptorPath(home))) return daemon;
    if (daemon.exitCode !== null) break;
  }
  daemon.kill("SIGKILL");
  throw new Error(`the test cloud did not start: ${words}`);
}
