import { type Answer, type Attempt, byStatus, type Scene, type Seen, type Sent } from "../attempt.ts";
import type { Kind } from "../party.ts";

/** The database's token and the machine's key stand for what a tenant's machine holds; neither is Fly's. */
const BY: readonly Kind[] = ["deploy", "database", "nobody"];

function app(method: Sent["method"], rest: string | ((scene: Scene) => string), body?: unknown): Attempt["request"] {
  return (scene) => {
    const { places, target } = scene;
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const below = typeof rest === "string" ? rest : rest(scene);
    return { method, url: `${places.fly}/v1/apps/${target.app}${below}`, ...sent };
  };
}

const machine = (rest: string) => (scene: Scene) => `/machines/${scene.target.machineId}${rest}`;
/** A machine that does not exist: an authorised call gets that answer, and no existing machine is affected. */
const none = (rest: string) => `/machines/00000000000000${rest}`;

type Row = Pick<Attempt, "what" | "request" | "seen" | "undo">;

const OTHER: Readonly<Record<string, Row>> = {
  "show-app": { what: "look an app up", request: app("GET", "") },
  secrets: { what: "list an app's secrets", request: app("GET", "/secrets") },
  "change-secrets": { what: "change an app's secrets", request: app("POST", "/secrets", []), seen: entered(400, 422) },
  machines: { what: "list an app's machines", request: app("GET", "/machines") },
  machine: { what: "read a machine's config", request: app("GET", machine("")) },
  "make-machine": { what: "start a machine in an app", request: app("POST", "/machines", []), seen: entered(400, 422) },
  "change-machine": { what: "change a machine", request: app("POST", machine(""), []), seen: entered(400, 422) },
  exec: {
    what: "run a command in a machine",
    request: app("POST", machine("/exec"), { command: ["true"], timeout: 1 }),
    seen: entered(400, 412, 501),
  },
  stop: { what: "stop a machine", request: app("POST", none("/stop"), {}), seen: entered(404) },
  signal: {
    what: "send a signal to a machine",
    request: app("POST", none("/signal"), { signal: "SIGCONT" }),
    seen: entered(404),
  },
  "delete-machine": { what: "destroy a machine", request: app("DELETE", none("")), seen: entered(404) },
  lease: { what: "take a machine's lease", request: app("POST", none("/lease"), {}), seen: entered(404) },
  metadata: { what: "read a machine's metadata", request: app("GET", machine("/metadata")) },
  volumes: { what: "list an app's volumes", request: app("GET", "/volumes") },
  addresses: { what: "list an app's addresses", request: app("GET", "/ip_assignments") },
  "make-address": {
    what: "give an app an address",
    request: app("POST", "/ip_assignments", []),
    seen: entered(400, 422),
  },
  "deploy-token": {
    what: "make a deploy token for an app",
    request: app("POST", "/deploy_token", []),
    seen: entered(400, 422),
  },
};

const account =
  (path: (scene: Scene) => string): Attempt["request"] =>
  (scene) => ({
    method: "GET",
    url: `${scene.places.fly}${path(scene)}`,
  });

const ACCOUNT: Readonly<Record<string, Row>> = {
  apps: { what: "list all apps", request: account(({ places }) => `/v1/apps?org_slug=${places.flyOrganization}`) },
  "all-machines": {
    what: "list all machines",
    request: account(({ places }) => `/v1/orgs/${places.flyOrganization}/machines`),
  },
  "all-volumes": {
    what: "list all volumes",
    request: account(({ places }) => `/v1/orgs/${places.flyOrganization}/volumes`),
  },
};

/** Attempts on apps, secrets and machines, and on the private networks between them. */
export const flyAttempts: readonly Attempt[] = [
  {
    id: "fly.own-app",
    what: "look its own app up",
    by: ["deploy"],
    against: "own",
    expected: "allowed",
    request: app("GET", ""),
  },
  ...Object.entries(OTHER).map(([id, row]) => refused(id, "other", row)),
  ...Object.entries(ACCOUNT).map(([id, row]) => refused(id, "account", row)),
  {
    id: "fly.network",
    what: "be on the private network of the other's app",
    by: ["neighbour"],
    against: "other",
    expected: "refused",
    request: account(({ places }) => `/v1/apps?org_slug=${places.flyOrganization}`),
    seen: onOneNetwork,
  },
];

function refused(id: string, against: Attempt["against"], row: Row): Attempt {
  return { id: `fly.${id}`, against, expected: "refused", by: BY, ...row };
}

/** Fly hides the apps of others: a 404 is a refusal, unless the request is one that only a caller who was let in can fail. */
function entered(...passed: readonly number[]): (answer: Answer) => Seen {
  return (answer) => byStatus(...passed)(answer);
}

/** Apps reach each other by 6PN when Fly lists them with one network. The list is the operator's. */
function onOneNetwork({ text }: Answer, { attacker, target }: Scene): Seen {
  const networks = networksIn(text);
  const [ours, theirs] = [networks.get(attacker.app), networks.get(target.app)];
  if (ours === undefined || theirs === undefined) return "unclear";
  return ours === theirs ? "allowed" : "refused";
}

function networksIn(text: string): ReadonlyMap<string, string> {
  try {
    const { apps } = JSON.parse(text) as { apps: readonly { name: string; network: string }[] };
    return new Map(apps.map(({ name, network }) => [name, network]));
  } catch {
    return new Map();
  }
}
