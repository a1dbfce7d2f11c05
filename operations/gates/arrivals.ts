import { seeded } from "../engine/seeded.ts";
import { type Request, REQUESTS } from "./load.ts";

/** How the users of one tenant come and go. */
export interface Habits {
  /** Mean time from the begin of one session to that of the next; they may overlap. */
  readonly betweenSessionsMs: number;
  /** A session has 1 to so many requests, each as likely. */
  readonly mostRequests: number;
  /** Mean time from one request of a session to the next. */
  readonly thinkMs: number;
}

/** A request that comes at its time, whether earlier ones are answered or not. */
export interface Arrival {
  readonly atMs: number;
  readonly tenant: number;
  readonly request: Request;
  /** From 0 to below 1: which of the tenant's notes. */
  readonly pick: number;
}

/** Of 100 requests. What a notes app is asked for: an assumption, with more changes than most, for they are what can be lost. */
export const MIX: Readonly<Record<Request, number>> = {
  read: 40,
  list: 17,
  search: 10,
  write: 16,
  update: 13,
  delete: 4,
};

/** Mean time between two requests of a tenant. Pure. */
export function meanGapMs({ betweenSessionsMs, mostRequests }: Habits): number {
  return betweenSessionsMs / ((1 + mostRequests) / 2);
}

/** Sessions begin as a Poisson process, users think for exponential times; all of it follows from the seed. In order. Pure. */
export function arrivalsOf(seed: number, tenants: number, lengthMs: number, habits: Habits): Arrival[] {
  const random = seeded(seed);
  const span = (mean: number) => -mean * Math.log(1 - random());
  const arrivals: Arrival[] = [];
  for (let tenant = 0; tenant < tenants; tenant += 1) {
    for (let begin = span(habits.betweenSessionsMs); begin < lengthMs; begin += span(habits.betweenSessionsMs)) {
      const requests = 1 + Math.floor(random() * habits.mostRequests);
      for (let [made, atMs] = [0, begin]; made < requests && atMs < lengthMs; made += 1, atMs += span(habits.thinkMs))
        arrivals.push({ atMs, tenant, request: requestAt(random() * 100), pick: random() });
    }
  }
  return arrivals.toSorted((one, other) => one.atMs - other.atMs);
}

function requestAt(place: number): Request {
  let end = 0;
  return REQUESTS.find((request) => place < (end += MIX[request])) ?? "read";
}
