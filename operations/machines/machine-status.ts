import { printable } from "../../output/printable.ts";
import { shownWords } from "../../output/shown.ts";
import { STATE_FILE } from "../../container/state-file.ts";
import type { StandingTenant } from "../engine/stack-state.ts";
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
  /** It is down because its program ended by itself with an error, or ran out of memory; an idle stop is none. */
  readonly crashed: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly output: string }[];
  /** What the entrypoint says: mounting, running, unhealthy, stopping, ended. Null when nobody can be asked. */
  readonly mount: string | null;
  /** Whether anything runs in it at all; null when it is down. */
  readonly runs: boolean | null;
  readonly url: string | null;
}

const EXEC_SECONDS = 10;

/** Asks Fly about the machine and, when it is up, the machine about its mount. */
export async function machineStatus(
  tenant: string,
  { app, machineId, machine: { config } }: StandingTenant,
  url: string | null,
  machines: LiveMachines,
): Promise<MachineStatus> {
  const at = { app, machine: machineId };
  const common = { tenant, app, machine: machineId, url };
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
  const asked =
    live.state === "started"
      ? await machines.exec(at, tenant, { command: ["cat", STATE_FILE], seconds: EXEC_SECONDS })
      : undefined;
  return {
    ...common,
    state: live.state,
    ...eventsOf(live),
    checks: (live.checks ?? []).map(({ name, status, output }) => ({
      name: printable(name),
      status: printable(status),
      output: shownWords(output ?? ""),
    })),
    mount: mounts && asked?.exitCode === 0 ? shownWords(asked.stdout.trim()) : null,
    runs: live.state === "started" ? asked !== undefined : null,
  };
}

/** Fly shows the newest event first. A program that ends with 0 by itself has done so on purpose: some do when they are idle. */
export function eventsOf({
  state,
  events,
}: Pick<LiveMachine, "state" | "events">): Pick<MachineStatus, "since" | "unaskedEnds" | "crashed"> {
  const [last] = events ?? [];
  const end = (events ?? []).flatMap(({ request }) => request?.exit_event ?? [])[0];
  const isWrong = end?.requested_stop === false && ((end.exit_code ?? 0) !== 0 || end.oom_killed === true);
  const ends = (events ?? []).filter(({ request }) => request?.exit_event?.requested_stop === false);
  return {
    since: last === undefined ? null : new Date(last.timestamp).toISOString(),
    unaskedEnds: ends.length,
    crashed: state === "stopped" && isWrong,
  };
}
