import { type Attempt, type Scene, type Sent } from "../attempt.ts";
import type { Kind } from "../party.ts";

const BY: readonly Kind[] = ["deploy", "database", "nobody"];

/** The cloud's own address: status, faults, switches, the call log. */
const admin =
  (path: string): Attempt["request"] =>
  ({ places }) =>
    places.admin === undefined ? undefined : { method: "GET", url: `${places.admin}${path}` };

/** What only the embedded Fly has. */
const embedded =
  (method: Sent["method"], path: (scene: Scene) => string): Attempt["request"] =>
  (scene) =>
    scene.places.admin === undefined ? undefined : { method, url: `${scene.places.fly}/_embedded${path(scene)}` };

type Row = Pick<Attempt, "what" | "request" | "against" | "seen">;

const ROWS: Readonly<Record<string, Row>> = {
  status: { what: "read the cloud's status", against: "account", request: admin("/status") },
  switches: { what: "read the cloud's switches", against: "account", request: admin("/switches") },
  faults: { what: "read the cloud's faults", against: "account", request: admin("/faults") },
  calls: { what: "read the cloud's call log", against: "account", request: admin("/calls") },
  urls: { what: "list all apps' addresses", against: "account", request: embedded("GET", () => "/apps") },
  "read-only-token": {
    what: "mint a token that reads all",
    against: "account",
    request: embedded("POST", () => "/read-only-tokens"),
  },
  logs: {
    what: "read a machine's log",
    against: "other",
    request: embedded("GET", ({ target }) => `/apps/${target.app}/logs`),
  },
  entrance: {
    what: "enter a machine",
    against: "other",
    request: embedded("GET", ({ target }) => `/apps/${target.app}/machines/${target.machineId}/entrance`),
  },
};

/** Attempts on the addresses that only the embedded cloud has, with what a machine in it holds. */
export const embeddedAttempts: readonly Attempt[] = Object.entries(ROWS).map(([id, row]) => ({
  id: `embedded.${id}`,
  by: BY,
  expected: "refused",
  ...row,
}));
