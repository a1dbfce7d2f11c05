import { quantile } from "../engine/quantile.ts";
import type { Table } from "./gate.ts";
import { type Load, loaded, type Request, REQUESTS } from "./load.ts";
import type { Scope } from "./measurement.ts";
import type { ScratchTenants, Sides } from "./scratch-tenants.ts";

/** What was asked of whom, by how many at once. */
export type LoadKey<Side extends string> = `${Side} ${number} ${Request}`;
export type Loads<Side extends string> = ReadonlyMap<LoadKey<Side>, Load>;

/** How much is asked. */
export interface Amount {
  readonly rounds: number;
  /** Requests of each kind, in each round. */
  readonly count: number;
  /** How many users at once, one after the other. */
  readonly users: readonly number[];
  /** Begins the names of notes, so that measurements on the same machine do not meet. */
  readonly label: string;
}

/** The same requests to the same app on several machines, in turn: each round starts with another. */
export async function loadsInTurn<Side extends string>(
  scratch: ScratchTenants,
  sides: Readonly<Record<Side, Sides>>,
  { rounds, count, users: allUsers, label }: Amount,
  { tell, signal }: Pick<Scope, "tell" | "signal">,
): Promise<Loads<Side>> {
  const names = Object.keys(sides) as Side[];
  const all = new Map<LoadKey<Side>, Load>();
  for (let round = 0; round < rounds; round += 1) {
    for (const users of allUsers) {
      for (const side of [...names.slice(round), ...names.slice(0, round)]) {
        if (signal.aborted) break;
        tell(`notes: round ${round + 1} of ${rounds}, ${users} users, ${side}`);
        const { url } = await scratch.shared(sides[side]);
        const found = await loaded(url, { users, count, label: `${label}-r${round}-u${users}`, signal });
        for (const request of REQUESTS) {
          const key: LoadKey<Side> = `${side} ${users} ${request}`;
          const before = all.get(key);
          const { ms, errors } = found[request];
          all.set(key, { ms: [...(before?.ms ?? []), ...ms], errors: (before?.errors ?? 0) + errors });
        }
      }
    }
  }
  return all;
}

/** How many requests got no good answer. Pure. */
export function failedOf(all: { values(): Iterable<Load> }): number {
  return [...all.values()].reduce((sum, load) => sum + load.errors, 0);
}

/** What requests took in milliseconds, of a side and a kind of request, with as many users at once as given. */
export interface Times<Side extends string> {
  readonly median: (side: Side, request: Request) => number;
  /** Median and 95th percentile, for a table. */
  readonly shown: (side: Side, request: Request) => string;
}

/** The times of these loads; NaN where nothing was measured. Pure. */
export function timesOf<Side extends string>(all: Loads<Side>, users: number): Times<Side> {
  const at = (side: Side, request: Request, share: number) =>
    quantile(all.get(`${side} ${users} ${request}`)?.ms ?? [], share);
  return {
    median: (side, request) => at(side, request, 0.5),
    shown: (side, request) => [0.5, 0.95].map((share) => at(side, request, share).toFixed(1)).join(" / "),
  };
}

/** Milliseconds: three figures of each kind of request, number of users and side. Pure. */
export function timesTable<Side extends string>(all: Loads<Side>, sides: readonly Side[]): Table {
  const users = [...new Set([...all.keys()].map((key) => Number(/ (\d+) \w+$/.exec(key)?.[1])))];
  const rows = REQUESTS.flatMap((request) =>
    users.map((count) => [
      request,
      String(count),
      ...sides.map((side) => {
        const { ms, errors } = all.get(`${side} ${count} ${request}`) ?? { ms: [], errors: 0 };
        const figures = [0.5, 0.95, 0.99].map((share) => quantile(ms, share).toFixed(1)).join(" / ");
        return errors === 0 ? figures : `${figures}, ${errors} failed`;
      }),
    ]),
  );
  return { head: ["request", "users", ...sides.map((side) => `${side}: p50 / p95 / p99 ms`)], rows };
}
