import { setTimeout as sleep } from "node:timers/promises";

import { type FlyClient, flyClient } from "../../provider/fly/client.ts";
import { flyRateLimits } from "../../provider/fly/rate-limits.ts";
import { vendorHttp } from "../../provider/http/vendor-http.ts";
import { type S3Place, s3Url } from "../../provider/tigris/addressing.ts";
import { type TigrisClient, tigrisClient } from "../../provider/tigris/client.ts";
import { type Credentials, signing } from "../../provider/tigris/signing.ts";
import { type TursoClient, tursoClient } from "../../provider/turso/client.ts";
import { dataUrl } from "../../provider/turso/data-url.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { StackSettings } from "../../stack/settings.ts";
import { type Caller, caller, type Heard, NotAsked } from "./caller.ts";
import type { CanaryNames } from "./names.ts";
import type { StateBucket } from "./state-bucket.ts";

/** What a canary may create. */
export type Kind = "bucket" | "access key" | "policy" | "app" | "database" | "group" | "state object";

/** Something that a canary created and must remove. */
export interface Thing {
  readonly kind: Kind;
  readonly name: string;
}

/** What questions work with: the accounts, and the resources of one canary in them. */
export interface Room {
  readonly names: CanaryNames;
  readonly accounts: Accounts;
  readonly settings: StackSettings;
  /** Aborted when the canary is to stop. */
  readonly signal: AbortSignal;
  readonly made: Thing[];
  /** Texts that no report may contain: the credentials of the canary. */
  readonly secrets: Set<string>;
  /** Milliseconds of each repetition, by the action's name. */
  readonly timings: Map<string, number[]>;
  readonly fly: FlyClient;
  readonly turso: TursoClient;
  readonly tigris: TigrisClient;
  readonly askFly: Caller;
  /** Paths begin below the organisation. */
  readonly askTurso: Caller;
  readonly askIam: (action: string, form: Readonly<Record<string, string>>, as?: Credentials) => Promise<Heard>;
  /** S3 with an administrator's key, or another; at the account's place, or another. Calls do not set X-Tigris-Consistent. */
  readonly askS3: (as?: Credentials, place?: S3Place) => Caller;
  /** A database's own address. */
  readonly askDatabase: (hostname: string, token: string, sql: string) => Promise<Heard>;
  /** An object beside the stack's state; undefined when the state is not in a bucket. */
  readonly state: StateBucket | undefined;
  /** The URL of the app with this name; undefined when it cannot be reached from here. */
  readonly urlOf: (app: string) => Promise<string | undefined>;
}

const ATTEMPT_LIMIT_MS = 60_000;

export type RoomParts = Pick<Room, "names" | "accounts" | "settings" | "signal" | "state" | "urlOf">;

export function openRoom(parts: RoomParts): Room {
  const { accounts, signal } = parts;
  const { tigris, turso, fly } = accounts;
  const limits = flyRateLimits();
  const http = (vendor: string, baseUrl: string, more: Partial<Parameters<typeof vendorHttp>[0]>): Caller => {
    const bare = { vendor, baseUrl: baseUrl.replace(/\/$/, ""), headers: {}, requestIdHeader: "x-request-id" };
    return caller(vendorHttp({ ...bare, retries: 2, timeoutMs: ATTEMPT_LIMIT_MS, ...more }), signal);
  };
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const platform = http("Turso", turso.endpoint, bearer(turso.token));
  const organization = `/v1/organizations/${encodeURIComponent(turso.organization)}`;
  return {
    ...parts,
    made: [],
    secrets: new Set([tigris.secretAccessKey, turso.token, fly.token]),
    timings: new Map(),
    fly: flyClient(fly),
    turso: tursoClient(turso),
    tigris: tigrisClient(tigris),
    askFly: http("Fly", fly.endpoint, { ...bearer(fly.token), admit: (call) => limits.admit(call) }),
    askTurso: (method, path, request) => platform(method, `${organization}${path}`, request),
    askIam: (action, form, as = tigris) =>
      http("Tigris", tigris.iamEndpoint, { sign: signing(as) })("POST", `/?Action=${action}`, {
        body: new URLSearchParams(form).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    askS3: (as = tigris, place = tigris) =>
      http("Tigris", tigris.endpoint, { sign: signing(as), urlOf: (path) => s3Url(place, path) }),
    askDatabase: (hostname, token, sql) => {
      const requests = [{ type: "execute", stmt: { sql } }, { type: "close" }];
      return http("Turso", dataUrl(turso.endpoint, hostname), bearer(token))("POST", "/v2/pipeline", {
        json: { requests },
      });
    },
  };
}

/**
 * Creates a thing. The thing enters the list of things to remove before the vendor is called.
 *
 * @param isMeasured whether the time counts as the time of a creation; false where a refusal is expected
 */
export async function making<Result>(
  room: Room,
  thing: Thing,
  work: () => Promise<Result>,
  isMeasured = true,
): Promise<Result> {
  room.signal.throwIfAborted();
  room.made.push(thing);
  const began = performance.now();
  const result = await work();
  if (isMeasured) timed(room, `create ${thing.kind}`, performance.now() - began);
  return result;
}

/** Records how long an action took. */
export function timed({ timings }: Pick<Room, "timings">, what: string, ms: number): void {
  timings.set(what, [...(timings.get(what) ?? []), Math.round(ms)]);
}

/** Creates something at the first call; all calls get the same. */
export function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let making: Promise<Made> | undefined;
  return () => (making ??= make());
}

const PAUSE_MS = 50;

/**
 * Repeats `ask` until it returns something. Also returns the time that this took, from `since` on.
 *
 * @param limitMs milliseconds; after that it throws `NotAsked` with `what`
 */
export async function until<Found>(
  { signal }: Pick<Room, "signal">,
  what: string,
  ask: () => Promise<Found | undefined>,
  { limitMs = 90_000, since = performance.now() }: { limitMs?: number; since?: number } = {},
): Promise<{ found: Found; ms: number; tries: number }> {
  for (let tries = 1, pause = PAUSE_MS; ; tries += 1, pause = Math.min(pause * 1.4, 2000)) {
    const found = await ask();
    const ms = Math.round(performance.now() - since);
    if (found !== undefined) return { found, ms, tries };
    if (ms > limitMs) throw new NotAsked(`${what}: not within ${Math.round(limitMs / 1000)} s`);
    await sleep(pause, undefined, { signal });
  }
}
