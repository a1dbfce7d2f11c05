import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Rollout } from "../../rollouts/rollout.ts";
import { durationSeconds } from "../../tenants/model/duration.ts";
import { quantile } from "../engine/quantile.ts";
import type { Progress } from "./progress.ts";

/** What a gate says of one tenant. */
export interface GateFinding {
  readonly tenant: string;
  readonly gate: "applied" | "checks" | "probe" | "requests" | "demo";
  /** `asleep`: nothing can be said of it, and it is not woken for that. */
  readonly verdict: "holds" | "open" | "failed" | "asleep";
  readonly words: string;
}

/** What gates ask the world by. */
export interface Asking {
  readonly now: Date;
  readonly fetch: typeof fetch;
  /** Where a tenant's app is reached; undefined: nowhere from here. */
  readonly urlOf: (tenant: string) => string | undefined;
  /** Writes and finds a note through the tenant's app. Throws when it is not to be found, or another tenant has it. */
  readonly demo: (tenant: string) => Promise<void>;
  /** Milliseconds that one request may take. */
  readonly limitMs: number;
}

/** Everything that the gates of a rollout say of the tenants of a ring, one finding per tenant and gate. */
export async function gateFindings(
  gates: Rollout["gates"],
  progress: ReadonlyMap<string, Progress>,
  asking: Asking,
): Promise<readonly GateFinding[]> {
  const asked = [...progress].map(async ([tenant, each]): Promise<readonly GateFinding[]> => {
    const first = checksFinding(tenant, each, gates.checks, asking.now);
    return first.verdict === "holds" ? [first, ...(await appFindings(tenant, gates, asking))] : [first];
  });
  return (await Promise.all(asked)).flat();
}

/** Of a machine: applied, awake, well, and for how long. Pure. */
export function checksFinding(tenant: string, { is, words, since }: Progress, least: string, now: Date): GateFinding {
  if (is === "open") return { tenant, gate: "applied", verdict: "open", words };
  if (is !== "runs") return { tenant, gate: "checks", verdict: is, words };
  const seconds = since === undefined ? 0 : Math.floor((now.getTime() - Date.parse(since)) / 1000);
  if (seconds >= durationSeconds(least)) return { tenant, gate: "checks", verdict: "holds", words };
  return { tenant, gate: "checks", verdict: "open", words: `has run for ${Math.max(0, seconds)} s of ${least}` };
}

async function appFindings(tenant: string, gates: Rollout["gates"], asking: Asking): Promise<readonly GateFinding[]> {
  const findings: GateFinding[] = [];
  const add = (gate: GateFinding["gate"], problem: string | undefined, words: string) =>
    findings.push({ tenant, gate, verdict: problem === undefined ? "holds" : "failed", words: problem ?? words });
  if (gates.probe !== undefined) add("probe", await probeProblem(tenant, gates.probe, asking), "its probe answers");
  if (gates.requests !== undefined) {
    const { problem, words } = await measured(tenant, gates.requests, asking);
    add("requests", problem, words);
  }
  if (gates.demo === true) add("demo", await problemOf(() => asking.demo(tenant)), "its note is found");
  return findings;
}

const NO_ADDRESS = "its app has no address that can be reached from here";

async function probeProblem(
  tenant: string,
  { path = "/", status = 200, command }: NonNullable<Rollout["gates"]["probe"]>,
  { urlOf, fetch: ask, limitMs }: Asking,
): Promise<string | undefined> {
  const url = urlOf(tenant);
  if (command !== undefined) {
    const [program = "", ...args] = command;
    const env = { ...process.env, TENANT: tenant, ...(url === undefined ? {} : { URL: url }) };
    return problemOf(() => promisify(execFile)(program, args, { env, timeout: COMMAND_LIMIT_MS }));
  }
  if (url === undefined) return NO_ADDRESS;
  return problemOf(async () => {
    const answer = await ask(`${url}${path}`, { signal: AbortSignal.timeout(limitMs), redirect: "manual" });
    await answer.arrayBuffer();
    if (answer.status !== status) throw new Error(`${path} answers ${answer.status}, not ${status}`);
  });
}

const COMMAND_LIMIT_MS = 60_000;

async function measured(
  tenant: string,
  { path = "/", count = 20, maxErrors = 0, p95Ms }: NonNullable<Rollout["gates"]["requests"]>,
  { urlOf, fetch: ask, limitMs }: Asking,
): Promise<{ problem: string | undefined; words: string }> {
  const url = urlOf(tenant);
  if (url === undefined) return { problem: NO_ADDRESS, words: "" };
  const times: number[] = [];
  let errors = 0;
  for (let request = 0; request < count; request += 1) {
    const begun = performance.now();
    const problem = await problemOf(async () => {
      const answer = await ask(`${url}${path}`, { signal: AbortSignal.timeout(limitMs), redirect: "manual" });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw new Error(String(answer.status));
    });
    if (problem !== undefined) errors += 1;
    times.push(performance.now() - begun);
  }
  const p95 = Math.round(quantile(times, 0.95));
  const words = `${errors} of ${count} requests failed, p95 ${p95} ms`;
  const isBad = errors / count > maxErrors || (p95Ms !== undefined && p95 > p95Ms);
  return { problem: isBad ? words : undefined, words };
}

/** What went wrong, on one line; undefined: nothing. */
async function problemOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return words.split("\n")[0]?.slice(0, 200) ?? "it failed";
  }
}
