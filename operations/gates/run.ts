import { cpus, loadavg, totalmem } from "node:os";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { CallCount } from "../../local/call-log.ts";
import { askAdmin } from "../../local/cloud.ts";
import type { Place } from "../../local/network.ts";
import type { Tell } from "../../output/progress.ts";
import { type Accounts, readDescriptor } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { toolsEnvironment } from "../../tools/environment.ts";
import { openSender } from "../verify/sender.ts";
import { cleared } from "./cleared.ts";
import { type Gate, type GateResult, resultOf } from "./gate.ts";
import { gateErrors } from "./errors.ts";
import { type ScratchTenants, openScratchTenants } from "./scratch-tenants.ts";
import type { Measurement } from "./measurement.ts";
import { basicMemoryMeasurement } from "./measurements/basic-memory.ts";
import { costMeasurement } from "./measurements/cost.ts";
import { durabilityMeasurement } from "./measurements/durability.ts";
import { everyProcessMeasurement } from "./measurements/every-process.ts";
import { filesMeasurement } from "./measurements/files.ts";
import { isolationMeasurement } from "./measurements/isolation.ts";
import { litestreamCostMeasurement } from "./measurements/litestream-cost.ts";
import { litestreamLossMeasurement } from "./measurements/litestream-loss.ts";
import { litestreamNotesMeasurement } from "./measurements/litestream-notes.ts";
import { litestreamRestoreMeasurement } from "./measurements/litestream-restore.ts";
import { loadMeasurement } from "./measurements/load.ts";
import { memoryMeasurement } from "./measurements/memory.ts";
import { laptopLiveMeasurement } from "./measurements/laptop-live.ts";
import { laptopReadsMeasurement } from "./measurements/laptop-reads.ts";
import { mountMeasurement } from "./measurements/mount.ts";
import { notesMeasurement } from "./measurements/notes.ts";
import { s3ApiMeasurement } from "./measurements/s3-api.ts";
import { scanMeasurement } from "./measurements/scan.ts";
import { runFile, type RunState } from "./run-file.ts";
import { unbuilt } from "./unbuilt.ts";

/** All that a run answers, in the order in which it is measured. */
export const measurements: readonly Measurement[] = [
  costMeasurement,
  mountMeasurement,
  memoryMeasurement,
  notesMeasurement,
  basicMemoryMeasurement,
  filesMeasurement,
  scanMeasurement,
  laptopReadsMeasurement,
  laptopLiveMeasurement,
  durabilityMeasurement,
  everyProcessMeasurement,
  isolationMeasurement,
  loadMeasurement,
  s3ApiMeasurement,
  litestreamNotesMeasurement,
  litestreamLossMeasurement,
  litestreamRestoreMeasurement,
  litestreamCostMeasurement,
];

/** How long twenty tenants work by default. */
export const DEFAULT_MINUTES = 10;

/** Every gate there is, measured or not. */
export const allGates: readonly Gate[] = [...measurements.flatMap(({ gates }) => gates), ...unbuilt];

/** The answers of a run. `tenantry report --gates` reads it. */
export interface GatesReport {
  readonly stack: string;
  readonly cloud: "embedded" | "real";
  readonly measuredAt: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly network: Place;
  readonly machine: {
    readonly cores: number;
    readonly memoryGb: number;
    readonly node: string;
    readonly load: readonly number[];
  };
  readonly gates: readonly GateResult[];
  /** What the run made and could not remove. */
  readonly left: readonly string[];
}

export interface RunParts {
  readonly context: StackContext;
  readonly accounts: Accounts;
  readonly quick: boolean;
  readonly network: Place;
  /** How long a load lasts that is no quick one. */
  readonly minutes: number;
  /** Ids of gates, or beginnings of several; default: all. */
  readonly only?: readonly string[] | undefined;
  /** Go on with what an earlier run has not measured. */
  readonly resume: boolean;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** Measures, one after the other, and removes what it made. Throws GATE_UNKNOWN. */
export async function runGates(parts: RunParts): Promise<GatesReport> {
  const { context, quick, network, minutes, now } = parts;
  const wanted = wantedOf(parts.only);
  const began = now();
  const file = runFile(context.home, context.stack);
  const sender = openSender();
  const earlier = file.read();
  const before = isResumed(parts, earlier) ? earlier : undefined;
  const state: RunState = {
    ...{ quick, network, minutes },
    measuredAt: before?.measuredAt ?? began.toISOString(),
    seconds: before?.seconds ?? 0,
    results: before?.results.filter((result) => !isUnmeasured(result)) ?? [],
    made: earlier?.made ?? [],
  };
  const isEmbedded = context.settings.cloud === "embedded";
  try {
    const scratch = isEmbedded
      ? scratchOf(parts, sender, (made) => file.write({ ...state, made: (state.made = [...state.made, made]) }))
      : undefined;
    // What a run that was killed has left.
    if (scratch !== undefined) state.made = (await cleared(scratch.calls, state.made)).length === 0 ? [] : state.made;
    await underNetwork(context, network, async () => {
      for (const measurement of measurements) {
        const left = measurement.gates.filter(({ id }) => wanted(id) && !state.results.some((each) => each.id === id));
        if (left.length === 0 || isStopped(parts.signal)) continue;
        const results = await answered(measurement, left, scratch, parts);
        // What was interrupted is no answer: a part of it would pass for the whole when the run goes on.
        if (!isStopped(parts.signal)) state.results.push(...results);
        file.write(state);
      }
    });
    state.seconds += Math.round((now().getTime() - began.getTime()) / 1000);
    const remains = scratch === undefined ? [] : await cleared(scratch.calls, state.made);
    if (remains.length === 0) {
      if (isStopped(parts.signal) || state.results.some(isUnmeasured)) file.write({ ...state, made: [] });
      else file.remove();
    }
    const gates = [...state.results, ...unbuilt.filter(({ id }) => wanted(id)).map(notBuilt)];
    return {
      stack: context.stack,
      cloud: context.settings.cloud,
      measuredAt: state.measuredAt,
      seconds: state.seconds,
      quick,
      network,
      machine: machineOf(),
      gates: allGates.flatMap(({ id }) => gates.find((each) => each.id === id) ?? []),
      left: remains,
    };
  } finally {
    sender.close();
  }
}

function wantedOf(only: readonly string[] | undefined): (id: string) => boolean {
  const named = only === undefined ? allGates : only.flatMap(gatesNamed);
  return (id) => named.some((gate) => gate.id === id);
}

/** The gate of this id; else all whose ids begin so. Throws GATE_UNKNOWN. */
export function gatesNamed(name: string): Gate[] {
  const begun = allGates.filter(({ id }) => id.startsWith(name));
  if (begun.length === 0) throw new TenantryError(gateErrors.GATE_UNKNOWN, name);
  const exact = begun.filter(({ id }) => id === name);
  return exact.length > 0 ? exact : begun;
}

/** Only what was measured in the same way is taken over. */
function isResumed({ resume, quick, network, minutes }: RunParts, earlier: RunState | undefined): earlier is RunState {
  const isAlike = earlier?.quick === quick && earlier.network === network && earlier.minutes === minutes;
  return resume && isAlike;
}

function isUnmeasured({ verdict }: GateResult): boolean {
  return verdict === "NOT MEASURED";
}

/** Asked anew each time: it changes while something is awaited. */
function isStopped({ aborted }: AbortSignal): boolean {
  return aborted;
}

function scratchOf(
  { context, accounts }: RunParts,
  sender: ReturnType<typeof openSender>,
  keep: Parameters<typeof openScratchTenants>[0]["keep"],
): ScratchTenants {
  const { prefix } = context.settings;
  const cloud = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    JSON.parse((await askAdmin(context.home, method, path, body)).text);
  const callCounts = async () => (await cloud("GET", "/calls")) as CallCount[];
  const env = toolsEnvironment({ projectDir: context.projectDir, env: process.env });
  const admin = readDescriptor(context.home).admin.endpoint;
  return openScratchTenants({ accounts, sender, prefix, admin, env, callCounts, cloud, keep });
}

/** Puts the vendors somewhere for the time of the work. */
async function underNetwork({ home, settings }: StackContext, place: Place, work: () => Promise<void>): Promise<void> {
  if (settings.cloud !== "embedded") return work();
  const put = (where: Place) =>
    askAdmin(
      home,
      "POST",
      "/switches",
      Object.fromEntries(["tigris", "turso", "fly"].map((vendor) => [`${vendor}.network`, where])),
    );
  await put(place);
  try {
    await work();
  } finally {
    await put("none");
  }
}

async function answered(
  measurement: Measurement,
  gates: readonly Gate[],
  scratch: ScratchTenants | undefined,
  parts: RunParts,
): Promise<GateResult[]> {
  const { quick, network, minutes, context, signal, tell } = parts;
  const conditions = [
    quick ? "quick: too few samples for an answer" : "",
    `network ${network}`,
    `${context.settings.cloud} cloud`,
  ]
    .filter((part) => part !== "")
    .join("; ");
  const repeat = (id: string) => repeatOf(id, parts);
  const without = (why: string) =>
    gates.map((gate) => resultOf(gate, { why, samples: [], how: "" }, conditions, repeat(gate.id)));
  if (scratch === undefined && measurement.needsCloud) return without("measured on the embedded cloud only, so far");
  try {
    const found = await measurement.measure(scratch as ScratchTenants, { quick, minutes, tell, signal });
    return gates.map((gate) => resultOf(gate, found[gate.id] ?? { samples: [], how: "" }, conditions, repeat(gate.id)));
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    return without(error.message.split("\n")[0] ?? error.code);
  }
}

/** The command that measures this gate again as this run does. Pure. */
export function repeatOf(
  id: string,
  {
    context: { stack },
    network,
    quick,
    minutes,
  }: Pick<RunParts, "network" | "quick" | "minutes"> & { context: Pick<StackContext, "stack"> },
): string {
  const isTimed = loadMeasurement.gates.some((gate) => gate.id === id) && !quick && minutes !== DEFAULT_MINUTES;
  return [
    `npx tenantry gates --only ${id} --network ${network}`,
    ...(stack === "local" ? [] : [`--stack ${stack}`]),
    ...(isTimed ? [`--minutes ${minutes}`] : []),
    ...(quick ? ["--quick"] : []),
  ].join(" ");
}

function notBuilt({ why, repeat, ...gate }: (typeof unbuilt)[number]): GateResult {
  return resultOf(gate, { why, samples: [], how: "" }, "", repeat);
}

function machineOf(): GatesReport["machine"] {
  return {
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: loadavg().map((each) => Math.round(each * 10) / 10),
  };
}
