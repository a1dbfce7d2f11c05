import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { parseDuration } from "../../go-duration.ts";
import { type CheckResult, checksOf } from "../checks.ts";
import type { MachineConfig } from "../config.ts";

type Check = ReturnType<typeof checksOf>[number][1];
export type Result = Omit<CheckResult, "updatedAt">;

// Fly's defaults (Fly docs, "Health checks").
const INTERVAL_MS = 15_000;
const TIMEOUT_MS = 10_000;
const GRACE_MS = 10_000;
/** Until a check has passed it is asked this often, so that nobody waits an interval for a machine that is up. */
const IMPATIENT_MS = 100;

/**
 * Runs a machine's checks until `signal` aborts. `portOf` says where on this host a port of the machine is. Within the
 * grace period a failure is not reported.
 */
export function probe(
  config: MachineConfig,
  portOf: (port: number) => number,
  report: (check: string, result: Result) => void,
  signal: AbortSignal,
): void {
  for (const [name, check] of checksOf(config)) {
    const port = check.port ?? config.services?.[0]?.internal_port;
    if (port === undefined) report(name, { status: "critical", output: "the check names no port" });
    else void repeat(check, portOf(port), (result) => report(name, result), signal);
  }
}

async function repeat(check: Check, port: number, report: (result: Result) => void, signal: AbortSignal) {
  const interval = Math.max(ms(check.interval, INTERVAL_MS), IMPATIENT_MS);
  const graceOver = Date.now() + ms(check.grace_period, GRACE_MS);
  let hasPassed = false;
  for (;;) {
    const result = await ask(check, port, signal);
    if (signal.aborted) return;
    hasPassed ||= result.status === "passing";
    const isGrace = !hasPassed && Date.now() < graceOver;
    if (!isGrace) report(result);
    await sleep(isGrace ? Math.min(interval, IMPATIENT_MS) : interval, undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

function ms(duration: string | undefined, otherwise: number): number {
  return (duration === undefined ? undefined : parseDuration(duration)) ?? otherwise;
}

async function ask(check: Check, port: number, signal: AbortSignal): Promise<Result> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms(check.timeout, TIMEOUT_MS))]);
  try {
    return check.type === "http" ? await askHttp(check, port, limit) : await askTcp(port, limit);
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return { status: "critical", output: name === "AbortError" ? "no answer in time" : `connect: ${code ?? name}` };
  }
}

function askTcp(port: number, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, signal });
    socket.once("error", reject).once("connect", () => {
      socket.destroy();
      resolve({ status: "passing", output: "Success" });
    });
  });
}

function askHttp(check: Check, port: number, signal: AbortSignal): Promise<Result> {
  const { protocol, method = "GET", path = "/", headers = [], tls_skip_verify, tls_server_name } = check;
  const given = headers.map(({ name = "", values = [] }) => [name, values] as const);
  const order = { host: "127.0.0.1", port, method, path, headers: Object.fromEntries(given), signal, agent: false };
  return new Promise((resolve, reject) => {
    const request =
      protocol === "https"
        ? requestHttps({ ...order, rejectUnauthorized: tls_skip_verify !== true, servername: tls_server_name ?? "" })
        : requestHttp(order);
    request.once("error", reject).once("response", ({ statusCode = 0 }) => {
      request.destroy();
      const isFine = statusCode >= 200 && statusCode < 300;
      resolve({ status: isFine ? "passing" : "critical", output: `HTTP ${statusCode}` });
    });
    request.end();
  });
}
