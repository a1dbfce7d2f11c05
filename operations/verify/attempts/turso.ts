import { type Attempt, bySecret, byStatus, hidden, type Scene, type Sent } from "../attempt.ts";
import type { Kind } from "../party.ts";
import { plantedTable, sqlBody } from "../planted.ts";

const TOKEN: readonly Kind[] = ["database"];
const BOTH: readonly Kind[] = ["database", "nobody"];

const marked = ({ run }: Scene) => `select secret from ${plantedTable(run)}`;
const scratch = ({ run }: Scene) => `${plantedTable(run)}_written`;
const attach = (scene: Scene, address: string) => [
  `attach ${JSON.stringify(address)} as other`,
  `select secret from other.${plantedTable(scene.run)}`,
];

/** SQL at the address of a database; several statements are sent as one pipeline. */
function sql(
  statements: (scene: Scene) => readonly string[],
  { whose = "target", ...more }: { whose?: "target" | "attacker"; host?: boolean; namespace?: boolean } = {},
): Attempt["request"] {
  return (scene) => {
    const [database, other] = [scene[whose].database, scene.target.database];
    if (database === undefined || other === undefined) return undefined;
    const headers = {
      "content-type": "application/json",
      ...(more.host === true ? { host: new URL(other.url).host } : {}),
      ...(more.namespace === true ? { "x-namespace-bin": Buffer.from(other.name).toString("base64") } : {}),
    };
    return { method: "POST", url: `${database.url}/v2/pipeline`, headers, body: sqlBody(...statements(scene)) };
  };
}

function path(method: Sent["method"], rest: string, body?: (scene: Scene) => string): Attempt["request"] {
  return (scene) => {
    const { database } = scene.target;
    if (database === undefined) return undefined;
    const sent = body === undefined ? {} : { body: body(scene), headers: { "content-type": "application/json" } };
    return { method, url: `${database.url}${rest}`, ...sent };
  };
}

/** Turso's platform API, below the organisation. */
function platform(
  method: Sent["method"],
  rest: (scene: Scene) => string | undefined,
  body?: object,
): Attempt["request"] {
  return (scene) => {
    const found = rest(scene);
    if (found === undefined) return undefined;
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return { method, url: `${scene.places.turso}${found}`, ...sent };
  };
}

const database = (rest: string) => (scene: Scene) =>
  scene.target.database === undefined ? undefined : `/databases/${scene.target.database.name}${rest}`;

type Row = Omit<Attempt, "expected">;

const ROWS: readonly Row[] = [
  { id: "read-row", what: "read a row", by: BOTH, against: "other", request: sql((scene) => [marked(scene)]) },
  {
    id: "write-row",
    what: "make a table",
    by: BOTH,
    against: "other",
    request: sql((scene) => [`create table ${scratch(scene)} (n)`]),
    undo: sql((scene) => [`drop table if exists ${scratch(scene)}`]),
  },
  {
    id: "batch",
    what: "read by a batch",
    by: BOTH,
    against: "other",
    request: path("POST", "/v2/pipeline", (scene) =>
      JSON.stringify({ requests: [{ type: "batch", batch: { steps: [{ stmt: { sql: marked(scene) } }] } }] }),
    ),
  },
  {
    id: "v3",
    what: "read by the newer protocol",
    by: BOTH,
    against: "other",
    request: path("POST", "/v3/pipeline", (scene) => sqlBody(marked(scene))),
  },
  {
    id: "v1",
    what: "read by the older protocol",
    by: BOTH,
    against: "other",
    request: path("POST", "/v1/execute", (scene) => JSON.stringify({ stmt: { sql: marked(scene) } })),
  },
  {
    id: "plain",
    what: "read by the oldest protocol",
    by: BOTH,
    against: "other",
    request: path("POST", "/", (scene) => JSON.stringify({ statements: [marked(scene)] })),
  },
  {
    id: "socket",
    what: "read by a WebSocket",
    by: BOTH,
    against: "other",
    request: bySocket,
  },
  { id: "dump", what: "take a dump", by: BOTH, against: "other", request: path("GET", "/dump"), seen: hidden },
  {
    id: "attach",
    what: "attach the database to its own one",
    by: TOKEN,
    against: "other",
    request: sql((scene) => attach(scene, scene.target.database?.name ?? ""), { whose: "attacker" }),
    seen: bySecret,
  },
  {
    id: "attach-address",
    what: "attach the database by its address",
    by: TOKEN,
    against: "other",
    request: sql((scene) => attach(scene, scene.target.database?.url ?? ""), { whose: "attacker" }),
    seen: bySecret,
  },
  {
    id: "other-host",
    what: "name the database as the host at its own address",
    by: TOKEN,
    against: "other",
    request: sql((scene) => [marked(scene)], { whose: "attacker", host: true }),
    seen: bySecret,
  },
  {
    id: "other-namespace",
    what: "name the database as the namespace at its own address",
    by: TOKEN,
    against: "other",
    request: sql((scene) => [marked(scene)], { whose: "attacker", namespace: true }),
    seen: bySecret,
  },
  {
    id: "show",
    what: "look the database up at the platform",
    by: BOTH,
    against: "other",
    request: platform("GET", database("")),
  },
  {
    id: "mint",
    what: "make a token for the database",
    by: BOTH,
    against: "other",
    request: platform("POST", database("/auth/tokens?expiration=1m&authorization=read-only")),
  },
  {
    id: "configure",
    what: "change the database's settings",
    by: BOTH,
    against: "other",
    request: platform("PATCH", database("/configuration"), {}),
  },
  {
    id: "usage",
    what: "read the database's usage",
    by: BOTH,
    against: "other",
    request: platform("GET", database("/usage")),
  },
  {
    id: "list",
    what: "list all databases",
    by: BOTH,
    against: "account",
    request: platform("GET", () => "/databases"),
  },
  { id: "groups", what: "list all groups", by: BOTH, against: "account", request: platform("GET", () => "/groups") },
  {
    id: "create",
    what: "make a database",
    by: BOTH,
    against: "account",
    request: platform("POST", () => "/databases", { name: "" }),
    seen: byStatus(400, 422),
  },
  {
    id: "delete",
    what: "delete a database",
    by: BOTH,
    against: "account",
    request: platform("DELETE", ({ nextBucket }) => `/databases/${nextBucket}`),
    seen: byStatus(404),
  },
  {
    id: "group-token",
    what: "make a token for a group",
    by: BOTH,
    against: "account",
    request: platform("POST", () => "/groups/tenantry-verify-none/auth/tokens?expiration=1m"),
    seen: byStatus(404),
  },
];

/** Attempts on databases, and on Turso's platform with what a database is opened by. */
export const tursoAttempts: readonly Attempt[] = [
  {
    id: "turso.own-read",
    what: "read a row of its own",
    by: TOKEN,
    against: "own",
    expected: "allowed",
    request: sql((scene) => [marked(scene)]),
    seen: (answer, scene) =>
      answer.text.includes(scene.target.secret) ? "allowed" : byStatus()(answer) === "refused" ? "refused" : "unclear",
  },
  {
    id: "turso.own-socket",
    what: "read a row of its own by a WebSocket",
    by: TOKEN,
    against: "own",
    expected: "allowed",
    request: bySocket,
  },
  ...ROWS.map((row): Attempt => ({ ...row, id: `turso.${row.id}`, expected: "refused" })),
];

function bySocket(scene: Scene): Sent | undefined {
  const { database: asked } = scene.target;
  return asked === undefined ? undefined : { method: "GET", url: asked.url, socket: true, body: marked(scene) };
}
