import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";

import { parseDuration } from "../../go-duration.ts";
import { type CheckResult, checksOf } from "../checks.ts";
import type { MachineConfig } from "../config.ts";

type Check = ReturnType<typeof checksOf>[number][1];
export type Result = Omit<CheckResult, "updatedAt">;
/** Connects to a port of a machine; undefined when nothing listens there. */
export type Reach = (port: number) => Promise<Socket | undefined>;

// Fly's defaults (Fly docs, "Health checks").
const INTERVAL_MS = 15_000;
const TIMEOUT_MS = 10_000;
const GRACE_MS = 10_000;
/** The interval until a check first passes, so that nobody waits a whole interval for a running machine. */
const IMPATIENT_MS = 100;

/**
 * Runs a machine's checks until `signal` aborts. `reach` connects to a port of the machine, where something listens.
 * Within the grace period a failure is not reported.
 */
export function probe(
  config: MachineConfig,
  reach: Reach,
  report: (check: string, result: Result) => void,
  signal: AbortSignal,
): void {
  for (const [name, check] of checksOf(config)) {
    const port = check.port ?? config.services?.[0]?.internal_port;
    if (port === undefined) report(name, { status: "critical", output: "the check names no port" });
    else
      void repeat(
        check,
        () => reach(port),
        (result) => report(name, result),
        signal,
      );
  }
}

async function repeat(
  check: Check,
  reach: () => ReturnType<Reach>,
  report: (result: Result) => void,
  signal: AbortSignal,
) {
  const interval = Math.max(ms(check.interval, INTERVAL_MS), IMPATIENT_MS);
  const graceOver = Date.now() + ms(check.grace_period, GRACE_MS);
  let hasPassed = false;
  for (;;) {
    const result = await ask(check, reach, signal);
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

async function ask(check: Check, reach: () => ReturnType<Reach>, signal: AbortSignal): Promise<Result> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms(check.timeout, TIMEOUT_MS))]);
  try {
    const socket = await within(limit, reach());
    if (socket === undefined) return { status: "critical", output: "connect: ECONNREFUSED" };
    if (check.type === "http") return await askHttp(check, socket, limit);
    socket.destroy();
    return { status: "passing", output: "Success" };
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return { status: "critical", output: name === "AbortError" ? "no answer in time" : `connect: ${code ?? name}` };
  }
}

/** The connection, unless the signal comes first: then it is closed as soon as it is there. */
function within(signal: AbortSignal, reached: ReturnType<Reach>): ReturnType<Reach> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new DOMException("late", "AbortError"));
    signal.addEventListener("abort", late, { once: true });
    void reached.then((socket) => {
      signal.removeEventListener("abort", late);
      if (signal.aborted) socket?.destroy();
      resolve(socket);
    });
  });
}

function askHttp(check: Check, socket: Socket, signal: AbortSignal): Promise<Result> {
  const { protocol, method = "GET", path = "/", headers = [], tls_skip_verify, tls_server_name } = check;
  const given = headers.map(({ name = "", values = [] }) => [name, values] as const);
  const order = { host: "127.0.0.1", method, path, headers: Object.fromEntries(given), signal };
  const secured = () =>
    connectTls({ socket, rejectUnauthorized: tls_skip_verify !== true, servername: tls_server_name ?? "" });
  return new Promise((resolve, reject) => {
    const request =
      protocol === "https"
        ? requestHttps({ ...order, createConnection: secured })
        : requestHttp({ ...order, createConnection: () => socket });
    const over = () => socket.destroy();
    request.once("close", over);
    request.once("error", reject).once("response", ({ statusCode = 0 }) => {
      request.destroy();
      const isFine = statusCode >= 200 && statusCode < 300;
      resolve({ status: isFine ? "passing" : "critical", output: `HTTP ${statusCode}` });
    });
    request.end();
  });
}
