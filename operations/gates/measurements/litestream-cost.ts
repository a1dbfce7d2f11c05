import { setTimeout as sleep } from "node:timers/promises";

import { listPrices } from "../../../cost/tenant-cost.ts";
import { ASSUMED } from "../../../cost/usage.ts";
import type { Gate, Measured } from "../gate.ts";
import { withLitestream } from "../litestream/program.ts";
import { rowsMachine } from "../litestream/rows.ts";
import type { Measurement } from "../measurement.ts";
import type { ScratchTenants } from "../scratch-tenants.ts";

const GATE: Gate = {
  id: "backends.litestream-cost",
  phase: "all",
  name: "Requests of a streamed SQLite file",
  question: "How many requests an hour does Litestream send to the bucket while its app writes one row a second?",
  unit: "requests an hour",
  good: "below",
  isAlternative: true,
  cannotTell:
    "requests that are rarer than the time measured: Litestream's copies of every 5 minutes, hour and day, and the deletions that follow them.",
};

/** What a start asks of the bucket is over by then. */
const SETTLED_MS = 3000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What Tigris bills as class A; all else is class B. Deletions of many are a POST. */
const CLASS_A = /^(?:Put|Copy|Post|List|Create|Upload|Complete|DeleteObjects)/;

/** Requests in some time, by operation. */
export interface Requests {
  readonly what: string;
  readonly ms: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Counts at the vendor for a while: without the app, with the app idle, and with one that writes. */
export const litestreamCostMeasurement: Measurement = {
  gates: [GATE],
  needsCloud: true,
  measure: (scratch, { quick, tell, signal }) =>
    withLitestream(scratch, [GATE], async (version) => {
      const ms = quick ? 3000 : 2 * MINUTE_MS;
      const counted = async (what: string) => {
        tell(`Litestream: requests, ${what}`);
        return requestsIn(scratch, what, ms, signal);
      };
      const others = await counted("nothing of its");
      const idle = await rowsMachine(scratch, 100, 0);
      await sleep(SETTLED_MS);
      const idly = await counted("an idle app");
      await scratch.remove(idle);
      const busy = await rowsMachine(scratch, 100, 1000);
      await sleep(SETTLED_MS);
      const busily = await counted("a row every second");
      await scratch.remove(busy);
      const how = `${ms / 1000} s each, after the first copy, without the requests of other programs; list prices; ${version}`;
      // Cut short it would pass for an hour's.
      return {
        [GATE.id]: signal.aborted
          ? { samples: [], how }
          : costGate(
              [idly, busily].map((each) => without(each, others)),
              how,
            ),
      };
    }),
};

async function requestsIn(scratch: ScratchTenants, what: string, ms: number, signal: AbortSignal): Promise<Requests> {
  const before = await scratch.tigrisCalls();
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  const after = await scratch.tigrisCalls();
  return { what, ms, counts: new Map([...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)])) };
}

/** What is left when others' requests are taken away. Pure. */
export function without({ what, ms, counts }: Requests, others: Requests): Requests {
  const own = [...counts].map(([name, count]) => [name, Math.max(0, count - (others.counts.get(name) ?? 0))] as const);
  return { what, ms, counts: new Map(own.filter(([, count]) => count > 0)) };
}

/** Requests an hour, of the last of these, and what they cost. Pure. */
export function costGate(all: readonly Requests[], how: string): Measured {
  const { classAThousand, classBThousand } = listPrices().tables.tigris.prices;
  const hourly = all.map(({ what, ms, counts }) => {
    const sum = (isWanted: (name: string) => boolean) =>
      [...counts].reduce((total, [name, count]) => (isWanted(name) ? total + (count * HOUR_MS) / ms : total), 0);
    const [a, b] = [sum((name) => CLASS_A.test(name)), sum((name) => !CLASS_A.test(name))];
    return { what, counts, a, b, usd: (a * (classAThousand.usd ?? 0) + b * (classBThousand.usd ?? 0)) / 1000 };
  });
  const samples = hourly.map(({ a, b }) => a + b);
  return {
    value: samples.at(-1),
    samples,
    how,
    detail: {
      head: ["app", "class A an hour", "class B an hour", `$ a month of ${ASSUMED.runningHours} hours`, "seen"],
      rows: hourly.map(({ what, counts, a, b, usd }) => [
        what,
        a.toFixed(0),
        b.toFixed(0),
        `$${(usd * ASSUMED.runningHours).toFixed(2)}`,
        [...counts].map(([name, count]) => `${count} ${name}`).join(", "),
      ]),
    },
  };
}
