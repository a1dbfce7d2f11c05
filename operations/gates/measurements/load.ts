import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { inLanes } from "../../engine/lanes.ts";
import { Acknowledged } from "../acknowledged.ts";
import { type Arrival, arrivalsOf, type Habits, meanGapMs } from "../arrivals.ts";
import { gateErrors } from "../errors.ts";
import type { Gate } from "../gate.ts";
import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import { ask, type Draft, isSuccess } from "../load.ts";
import { loadGate, type Outage, type Sending } from "../load-result.ts";
import { lostNotes } from "../lost-notes.ts";
import type { Measurement, Scope } from "../measurement.ts";

const GATE: Gate = {
  id: "load.realistic",
  phase: "3 production",
  name: "Load of twenty tenants",
  question: "Does a request fail, or is a note lost, under open-loop load while two machines restart?",
  unit: "failed requests and lost notes",
  threshold: 0,
  good: "below",
  cannotTell:
    "how many tenants the vendors carry at once, and how their machines perform beside those of other customers.",
};

interface Plan {
  readonly tenants: number;
  readonly lengthMs: number;
  readonly habits: Habits;
  /** Notes that each tenant has before. */
  readonly notes: number;
}

/**
 * One request every four seconds per tenant is an assumption: a handful of people who take notes. Twenty tenants make five
 * requests a second of it, which leaves two cores that hold all machines, vendors and users idle for most of the time.
 */
const HABITS: Habits = { betweenSessionsMs: 20_000, mostRequests: 9, thinkMs: 3000 };
const SEED = 12;
const SIDES = { files: "bucket", index: "libsql" } as const;
/** Machines that are made, filled, looked through or removed side by side. */
const LANES = 4;

/** When, as a share of the time, whose machine goes away, and how. */
const RESTARTS = [
  { tenant: 0, at: 0.4, how: "stop" },
  { tenant: 1, at: 0.6, how: "kill" },
] as const;

/** A tenant under load. */
export interface Loaded {
  readonly machine: GateMachine;
  readonly notes: Acknowledged;
}

/** Lets users come to every tenant's app as they come in life, takes two machines away, and reads every note back. */
export const loadMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  async measure(scratch, scope) {
    const plan = planOf(scope);
    const seats = Array.from({ length: plan.tenants }, (_, tenant) => tenant);
    const tenants = await inLanes(seats, LANES, async (seat) => {
      scope.tell(`load: tenant ${seat + 1} of ${plan.tenants}`);
      // A quick run has one already.
      const machine = await (scope.quick && seat === 0 ? scratch.shared(SIDES) : scratch.machine(SIDES));
      return filled(machine, plan.notes);
    });
    const before = await scratch.tigrisCalls();
    const [sendings, outages] = await Promise.all([
      sent(tenants, arrivalsOf(SEED, plan.tenants, plan.lengthMs, plan.habits), scope),
      Promise.all(RESTARTS.map((restart) => outage(scratch, tenants, restart, plan, scope.signal))),
    ]);
    const after = await scratch.tigrisCalls();
    scope.tell("load: reading every note back");
    const found = (await inLanes(tenants, LANES, (tenant) => lostNotes(scratch, tenant))).flat();
    if (!scope.quick) await inLanes(tenants, LANES, ({ machine }) => scratch.remove(machine));
    const notes = tenants.reduce((sum, each) => sum + each.notes.all().size, 0);
    const s3Calls = sumOf(after) - sumOf(before);
    const how = howOf(plan);
    return {
      [GATE.id]: loadGate({
        sendings,
        outages: outages.flatMap((each) => each ?? []),
        lost: found,
        notes,
        s3Calls,
        how,
      }),
    };
  },
};

function planOf({ quick, minutes }: Scope): Plan {
  return quick
    ? { tenants: 2, lengthMs: 5000, habits: { betweenSessionsMs: 1500, mostRequests: 9, thinkMs: 300 }, notes: 4 }
    : { tenants: 20, lengthMs: minutes * 60_000, habits: HABITS, notes: 20 };
}

function howOf({ tenants, lengthMs, habits, notes }: Plan): string {
  const { mostRequests, thinkMs } = habits;
  const gap = (meanGapMs(habits) / 1000).toPrecision(2);
  return `${tenants} tenants for ${lengthMs / 1000} s, ${notes} notes each at the start; assumed use: each sends a request every ${gap} s on average, in sessions of 1 to ${mostRequests} requests with pauses of ${thinkMs / 1000} s; a new connection for each request`;
}

/** Throws GATE_CALL_FAILED. */
async function filled(machine: GateMachine, count: number): Promise<Loaded> {
  const notes = new Acknowledged();
  for (let index = 0; index < count; index += 1) {
    const draft = draftOf(`before-${index}`, 1);
    const status = await ask(machine.url, "write", draft);
    if (!isSuccess(status)) throw new TenantryError(gateErrors.GATE_CALL_FAILED, `a note before the load: ${status}`);
    notes.change(draft.id, draft.text)(true);
  }
  return { machine, notes };
}

/** Sends each request at its time, whatever has become of the earlier ones. */
async function sent(
  tenants: readonly Loaded[],
  arrivals: readonly Arrival[],
  { tell, signal }: Scope,
): Promise<Sending[]> {
  const began = performance.now();
  const running: Promise<Sending>[] = [];
  for (const arrival of arrivals) {
    await sleep(Math.max(0, began + arrival.atMs - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    tell(`load: ${running.length + 1} of ${arrivals.length} requests`);
    const tenant = tenants[arrival.tenant];
    if (tenant !== undefined) running.push(sentTo(tenant, arrival, running.length, began + arrival.atMs));
  }
  return Promise.all(running);
}

async function sentTo({ machine, notes }: Loaded, arrival: Arrival, index: number, dueAt: number): Promise<Sending> {
  const sentAt = performance.now();
  const settled = notes.settled();
  const found = settled[Math.floor(arrival.pick * settled.length)];
  // A tenant without a note that nobody is changing gets a new one.
  const request = found === undefined && NEEDS_NOTE.has(arrival.request) ? "write" : arrival.request;
  const draft = draftOf(request === "write" ? `new-${index}` : (found ?? ""), index);
  const settle =
    request === "write" || request === "update"
      ? notes.change(draft.id, draft.text)
      : request === "delete"
        ? notes.change(draft.id, undefined)
        : undefined;
  const status = await ask(machine.url, request, draft, { connection: "close" });
  settle?.(isSuccess(status));
  return { tenant: arrival.tenant, request, dueAt, sentAt, endedAt: performance.now(), isAnswered: isSuccess(status) };
}

const NEEDS_NOTE: ReadonlySet<string> = new Set(["read", "update", "delete"]);

/** The text's beginning tells one version from another. */
function draftOf(id: string, version: number): Draft {
  return { id, title: `Note ${id}`, text: `${id}, version ${version}: ${"zebra quince ".repeat(60)}end` };
}

/** Takes a machine away at its time and brings it back. Undefined: the load was ended before. */
async function outage(
  scratch: ScratchTenants,
  tenants: readonly Loaded[],
  { tenant, at, how }: (typeof RESTARTS)[number],
  { lengthMs }: Plan,
  signal: AbortSignal,
): Promise<Outage | undefined> {
  await sleep(at * lengthMs, undefined, { signal }).catch(() => undefined);
  const machine = tenants[tenant]?.machine;
  if (machine === undefined || signal.aborted) return undefined;
  const from = performance.now();
  await scratch.stop(machine, how === "kill" ? "kill" : undefined);
  await scratch.started(machine);
  return { tenant, how, from, to: performance.now() };
}

function sumOf(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
