import { printable } from "../../output/printable.ts";
import { shownWords } from "../../output/shown.ts";
import { STATE_FILE } from "../../container/state-file.ts";
import type { RecordedTenant } from "../engine/recorded-tenants.ts";
import type { MachineAddress } from "../../provider/fly/machine-calls.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import type { ExecOutcome } from "../../provider/fly/exec-calls.ts";
import type { LiveMachine, LiveMachines } from "./machine-calls.ts";

/** What `tenantry status` says of a tenant's machine. */
export interface MachineStatus {
  readonly tenant: string;
  readonly app: string;
  readonly machine: string;
  /** As Fly says it; "gone" when Fly does not know the machine. */
  readonly state: string;
  /** When it came into that state, ISO 8601; null when Fly's events don't tell. */
  readonly since: string | null;
  /** How often it ended without having been told to, among the events that Fly still shows. */
  readonly unaskedEnds: number;
  /**
   * It is down, or started again and again, because its program ends by itself with an error or runs out of memory; an idle
   * stop is none.
   */
  readonly crashed: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly output: string }[];
  /** The entrypoint's status: mounting, running, unhealthy, stopping, ended. Null when it cannot be read. */
  readonly mount: string | null;
  /** Whether anything runs in it at all; null when it is down, or does not answer. */
  readonly runs: boolean | null;
  readonly url: string | null;
  /** The network whose machines reach the app's private address, by what was applied: `default` is the organisation's. Null without one. */
  readonly callers: string | null;
}

const EXEC_SECONDS = 10;

/** Asks Fly about the machine and, when it is up, the machine about its mount. */
export async function machineStatus(
  tenant: string,
  { app, machineId, callers, machine: { config } }: RecordedTenant,
  url: string | null,
  machines: LiveMachines,
): Promise<MachineStatus> {
  const at = { app, machine: machineId };
  const common = { tenant, app, machine: machineId, url, callers: callers ?? null };
  const live = await machines.find(at, tenant);
  if (live === undefined) {
    return {
      ...common,
      state: "gone",
      since: null,
      unaskedEnds: 0,
      crashed: false,
      checks: [],
      mount: null,
      runs: null,
    };
  }
  const mounts = (config["env"] as Record<string, string> | undefined)?.["BUCKET_NAME"] !== undefined;
  const asked = live.state === "started" ? await askMachine(machines, at, tenant) : "no answer";
  const said = asked === "no answer" ? undefined : asked;
  return {
    ...common,
    state: live.state,
    ...eventsOf(live),
    checks: (live.checks ?? []).map(({ name, status, output }) => ({
      name: printable(name),
      status: printable(status),
      output: shownWords(output ?? ""),
    })),
    mount: mounts && said?.exitCode === 0 ? shownWords(said.stdout.trim()) : null,
    runs: asked === "no answer" ? null : asked !== undefined,
  };
}

/** One that ends between the look and the question can't answer it: that must not cost the others their line. */
async function askMachine(
  machines: LiveMachines,
  at: MachineAddress,
  tenant: string,
): Promise<ExecOutcome | undefined | "no answer"> {
  try {
    return await machines.exec(at, tenant, { command: ["cat", STATE_FILE], seconds: EXEC_SECONDS });
  } catch (error) {
    if (error instanceof TenantryError) return "no answer";
    throw error;
  }
}

/** Fly shows the newest event first. A program that ends with 0 by itself has done so on purpose: some do when they are idle. */
export function eventsOf({
  state,
  events,
  checks,
}: Pick<LiveMachine, "state" | "events" | "checks">): Pick<MachineStatus, "since" | "unaskedEnds" | "crashed"> {
  const all = events ?? [];
  const [last] = all;
  const ends = all.filter(({ request }) => request?.exit_event?.requested_stop === false);
  return {
    since: last === undefined ? null : new Date(last.timestamp).toISOString(),
    unaskedEnds: ends.length,
    crashed: state === "stopped" ? isWrong(endsIn(all)[0]) : isCrashing(state, endsSinceTouched(all), checks ?? []),
  };
}

type Event = NonNullable<LiveMachine["events"]>[number];
type End = NonNullable<NonNullable<Event["request"]>["exit_event"]>;

function endsIn(events: readonly Event[]): End[] {
  return events.flatMap(({ request }) => request?.exit_event ?? []);
}

function endsSinceTouched(events: readonly Event[]): End[] {
  const touched = events.findIndex(({ source }) => source === "user");
  return endsIn(touched < 0 ? events : events.slice(0, touched));
}

function isWrong(end: End | undefined): boolean {
  return end?.requested_stop === false && ((end.exit_code ?? 0) !== 0 || end.oom_killed === true);
}

/** Its restart policy starts it again, and it ends again: between two ends it is starting, or started without being well. */
function isCrashing(state: string, ends: readonly End[], checks: NonNullable<LiveMachine["checks"]>): boolean {
  if (state !== "started") return isWrong(ends[0]);
  return ends.filter(isWrong).length >= CRASHES && checks.some(({ status }) => status !== "passing");
}

/** After as many ends `up` gives a machine up too (provider/fly/machine-health.ts). */
const CRASHES = 3;
