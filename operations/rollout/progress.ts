import { appliedTenants } from "../changed/applied.ts";
import { resourcesIfMade } from "../engine/stack-state.ts";
import { recordedIn, type RecordedTenant } from "../engine/recorded-tenants.ts";
import { type Entry, parseEntry } from "../history/entry.ts";
import { historyLog } from "../history/open-log.ts";
import { liveMachines, type LiveMachine } from "../machines/machine-calls.ts";
import { eventsOf } from "../machines/machine-status.ts";
import { printable } from "../../output/printable.ts";
import { shownWords } from "../../output/shown.ts";
import type { StackContext } from "../../stack/context.ts";
import type { RolloutRecord } from "../../rollouts/record.ts";
import type { Subject } from "../../rollouts/subject.ts";

/** How a tenant with a pin is doing. */
export interface Progress {
  /**
   * `open`: no `up` has applied its file yet. `failed`: one has tried, or its machine is not well since. `asleep`: applied, and its
   * machine is down until a request wakes it, so that nothing is known of the new value. `runs`: applied, and it runs.
   */
  readonly is: "open" | "failed" | "asleep" | "runs";
  /** Why, for people; since when it runs. */
  readonly words: string;
  /** When its machine came into its state, ISO 8601; undefined: Fly does not tell. */
  readonly since?: string;
  readonly existing?: RecordedTenant;
}

/** How the tenants of this rollout are doing, by id: from the state, the history, and their machines at Fly. Reads only. */
export async function progressOf(
  context: StackContext,
  record: RolloutRecord,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, Progress>> {
  if (subjects.length === 0) return new Map();
  const stored = await resourcesIfMade(context);
  const applied = await appliedTenants(
    context,
    subjects.map(({ tenant }) => tenant),
    stored,
  );
  const last = await lastRuns(context, record.lifted ?? record.begun);
  const existing = recordedIn(stored);
  const machines = liveMachines(context);
  const told = subjects.map(async ({ tenant: { id } }): Promise<readonly [string, Progress]> => {
    const exists = existing.get(id);
    const error = errorOf(last.get(id));
    if (!applied.has(id) || exists === undefined)
      return [id, error === undefined ? { is: "open", words: "not applied yet" } : { is: "failed", words: error }];
    const live = await machines.find({ app: exists.app, machine: exists.machineId }, id);
    const health = healthOf(live);
    const since = sinceWhen(health.since, record, id, last.get(id)?.time);
    return [id, { ...health, ...(since === undefined ? {} : { since }), existing: exists }];
  });
  return new Map(await Promise.all(told));
}

/** Of a machine that has its new config. Pure. */
export function healthOf(live: LiveMachine | undefined): Progress {
  if (live === undefined) return { is: "failed", words: "its machine is gone" };
  const { since, crashed } = eventsOf(live);
  const when = since === null ? {} : { since };
  if (crashed) return { is: "failed", words: "its program keeps exiting", ...when };
  if (["stopped", "suspended"].includes(live.state)) return { is: "asleep", words: "its machine sleeps", ...when };
  const failing = (live.checks ?? []).filter(({ status }) => status !== "passing");
  if (live.state !== "started") return { is: "open", words: `its machine is ${printable(live.state)}`, ...when };
  if (failing.length === 0) return { is: "runs", words: "runs, its checks pass", ...when };
  const said = failing.map(
    ({ name, status, output }) =>
      `${printable(name)} is ${printable(status)}: ${shownWords(output ?? "").slice(0, 200)}`,
  );
  return { is: "failed", words: `its check ${said.join("; ")}`, ...when };
}

/**
 * Since when a tenant's app runs with what the rollout brings. That is when its machine came into its state, but a schema
 * restarts no machine: then it counts from the run that brought it, or from the ring where none is known. Undefined: Fly does not
 * tell. Pure.
 */
export function sinceWhen(
  machine: string | undefined,
  { change, rings, begun }: Pick<RolloutRecord, "change" | "rings" | "begun">,
  id: string,
  run: string | undefined,
): string | undefined {
  const isOfSchema = change.some(({ path }) => path[0] === "database" && path[1] === "schema");
  if (!isOfSchema || machine === undefined) return machine;
  const brought = run ?? rings.findLast(({ tenants }) => tenants[id] !== undefined)?.begun ?? begun;
  return Date.parse(machine) >= Date.parse(brought) ? machine : brought;
}

/** The last run since then that touched each tenant. */
async function lastRuns(context: StackContext, since: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = (await historyLog(context).lines()).flatMap((line) => parseEntry(line) ?? []);
  return new Map(
    entries.flatMap((entry) =>
      entry.kind === "tenant" && entry.tenant !== undefined && entry.time >= since
        ? [[entry.tenant, entry] as const]
        : [],
    ),
  );
}

/** What it says, where it failed. */
function errorOf(run: Entry | undefined): string | undefined {
  if (run?.result !== "failed") return undefined;
  return shownWords(run.errors?.[0] ?? "its last `up` failed").split("\n")[0] ?? "";
}
