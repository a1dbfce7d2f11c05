import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { CallCount } from "../../local/call-log.ts";
import { askAdmin, cloudStatus } from "../../local/cloud.ts";
import type { Place } from "../../local/network.ts";
import { readDescriptor } from "../../stack/accounts.ts";
import { benchErrors } from "./errors.ts";

/** Calls that a cloud has got: all, and those of them that change something. */
export interface Calls {
  readonly calls: number;
  readonly changes: number;
}

/** An embedded cloud of a measurement's own, which ends with this process however that ends. Its machines are records. */
export interface OwnCloud {
  readonly pid: number;
  forgetCalls(): Promise<void>;
  calls(): Promise<Calls>;
  end(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const VENDORS = ["tigris", "turso", "fly"];

/** Throws BENCH_NO_CLOUD. @param network where its vendors are */
export async function startOwnCloud(home: string, network: Place): Promise<OwnCloud> {
  const main = join(import.meta.dirname, `../../local/main${extname(import.meta.filename)}`);
  const args = [
    "--disable-warning=ExperimentalWarning",
    "--min-semi-space-size=16",
    main,
    "--home",
    home,
    "--while-stdin",
  ];
  const daemon = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "pipe"], detached: true });
  let words = "";
  daemon.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const gone = once(daemon, "exit");
  await isUp(home, daemon.pid, () => daemon.exitCode === null && daemon.signalCode === null).catch(
    async (cause: unknown) => {
      daemon.kill("SIGKILL");
      await gone;
      throw new TenantryError(benchErrors.BENCH_NO_CLOUD, words.trim(), { cause });
    },
  );
  await askAdmin(home, "POST", "/switches", Object.fromEntries(VENDORS.map((name) => [`${name}.network`, network])));
  await withoutRateLimits(home);
  return {
    pid: daemon.pid ?? 0,
    async forgetCalls() {
      await askAdmin(home, "DELETE", "/calls");
    },
    async calls() {
      const counts = JSON.parse((await askAdmin(home, "GET", "/calls")).text) as CallCount[];
      const sum = (all: readonly CallCount[]) => all.reduce((before, { count }) => before + count, 0);
      return { calls: sum(counts), changes: sum(counts.filter(({ mutating }) => mutating)) };
    },
    async end() {
      daemon.kill("SIGTERM");
      await gone;
    },
  };
}

async function isUp(home: string, pid: number | undefined, isRunning: () => boolean): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < START_LIMIT_MS && isRunning()) {
    if ((await cloudStatus(home))?.pid === pid) return;
    await sleep(20);
  }
  throw new Error("it does not answer");
}

/** Fly's limits are kept per app and action: they hold back nobody who works on many apps, but their clock must decide nothing. */
async function withoutRateLimits(home: string): Promise<void> {
  const { endpoint, token } = readDescriptor(home).fly;
  await fetch(`${endpoint}/_embedded/rate-limits`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ enabled: false }),
  });
}
