import { setTimeout as sleep } from "node:timers/promises";

import type { Gate, Measured } from "../gate.ts";
import { withLitestream } from "../litestream/program.ts";
import { restarted, type RowsLog, rowsMachine } from "../litestream/rows.ts";
import type { Measurement } from "../measurement.ts";
import type { GateMachine, ScratchTenants } from "../scratch-tenants.ts";
import { untilSaid } from "../until-said.ts";

const GATE: Gate = {
  id: "backends.litestream-loss",
  phase: "all",
  name: "A streamed SQLite file survives a kill",
  question:
    "How many committed rows of a streamed SQLite file are missing after a stop, a kill of the machine, or a kill while storage cannot be reached?",
  unit: "committed rows lost",
  threshold: 0,
  good: "below",
  isAlternative: true,
  cannotTell:
    "how long Tigris takes to accept a copy when it is busy. Until then committed rows exist only on the machine.",
};

/** A row each 10 ms. */
const PAUSE_MS = 10;
/** So many are committed before anything happens: longer than Litestream waits before its first copy. */
const LEAST = 200;

type Disturbance = (scratch: ScratchTenants, machine: GateMachine, awayMs: number) => Promise<void>;

const killed: Disturbance = async (scratch, machine) => {
  await scratch.stop(machine, "kill");
  await scratch.ended(machine);
};
const STOP = "stop (SIGTERM)";
const KILL = "kill -9 of the machine";
const AWAY = "storage away, then kill -9";
const EVENTS: Readonly<Record<string, Disturbance>> = {
  [STOP]: async (scratch, machine) => {
    await scratch.stop(machine);
    await scratch.ended(machine);
  },
  [KILL]: killed,
  [AWAY]: async (scratch, machine, awayMs) => {
    const over = scratch.away("tigris", awayMs);
    // Before it is back: else all is copied by then.
    await sleep(awayMs / 2);
    await killed(scratch, machine, awayMs);
    await over;
  },
};
/** A kill may come right after a copy or right before the next. */
const KILLS = 5;

/** What one end of a machine has cost. */
export interface Loss {
  readonly event: string;
  readonly log: RowsLog;
}

/** An app that writes rows, each end that its machine may have, and what the next start finds. */
export const litestreamLossMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  measure: (scratch, { quick, tell, signal }) =>
    withLitestream(scratch, [GATE], async (version) => {
      const awayMs = quick ? 2000 : 20_000;
      const losses: Loss[] = [];
      for (const event of quick ? [STOP, KILL] : [STOP, ...Array.from({ length: KILLS }, () => KILL), AWAY]) {
        if (signal.aborted) break;
        tell(`Litestream: ${event}`);
        losses.push({ event, log: await lossBy(scratch, event, awayMs) });
      }
      const how = `${losses.length} machines, a row every ${PAUSE_MS} ms, storage away for ${awayMs / 2000} s before the kill; ${version}`;
      return { [GATE.id]: lossGate(losses, how) };
    }),
};

async function lossBy(scratch: ScratchTenants, event: string, awayMs: number): Promise<RowsLog> {
  const machine = await rowsMachine(scratch, 0, PAUSE_MS);
  await untilSaid(scratch, machine, `row ${LEAST}`);
  await EVENTS[event]?.(scratch, machine, awayMs);
  const log = await restarted(scratch, machine);
  await scratch.remove(machine);
  return log;
}

/**
 * Rows that were committed and are not there after the restart, and how many seconds' worth they are. Pure.
 *
 * @param least rows that have to be committed before anything happens, or nothing was tried
 */
export function lossGate(losses: readonly Loss[], how: string, least = LEAST): Measured {
  const counted = losses.map(({ event, log: { committed, found, restoreMs } }) => {
    const numbers = [...committed.keys()];
    const lost = numbers.filter((number) => number > found.last).length + (found.last + 1 - found.count);
    const [last = NaN, kept = NaN] = [committed.get(Math.max(...numbers)), committed.get(found.last)];
    return { event, committed: numbers.length, lost, seconds: lost === 0 ? 0 : (last - kept) / 1000, restoreMs };
  });
  const detail = {
    head: ["event", "rows committed", "rows lost", "seconds of writing lost", "restored in"],
    rows: counted.map(({ event, committed, lost, seconds, restoreMs }) => [
      event,
      String(committed),
      String(lost),
      Number.isNaN(seconds) ? "all" : seconds.toFixed(1),
      restoreMs === undefined ? "" : `${restoreMs} ms`,
    ]),
  };
  const samples = counted.map(({ lost }) => lost);
  const untried = counted.filter(({ committed }) => committed < least).map(({ event }) => event);
  if (untried.length > 0) return { why: `too little was written before: ${untried.join(", ")}`, samples, how, detail };
  return {
    value: samples.length === 0 ? undefined : samples.reduce((sum, each) => sum + each, 0),
    samples,
    how,
    detail,
  };
}
