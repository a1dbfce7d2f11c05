import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Engine, House } from "../surface.ts";
import { embeddedTursoErrors } from "./errors.ts";
import { Namespaces } from "./namespaces.ts";
import { newSigningKey, publicKeyOf } from "./signing-key.ts";
import { sqldBinary } from "./sqld-binary.ts";

const START_LIMIT_MS = 10_000;
const POLL_MS = 5;

/** A running libSQL server. */
export interface Sqld {
  readonly engine: Engine;
  readonly namespaces: Namespaces;
  /** The port on 127.0.0.1 where it takes queries; the namespace is the first label of the Host header. */
  readonly port: number;
}

/** Starts sqld and waits until it answers. Throws SQLD_MISSING or SQLD_DID_NOT_START. */
export async function startSqld(house: House): Promise<Sqld> {
  const [port, adminPort] = await Promise.all([house.port("sqld"), house.port("sqld-admin")]);
  const dir = join(house.dir, "sqld");
  const adminKey = randomBytes(24).toString("base64");
  const args = ["--enable-namespaces", "--disable-default-namespace", "--no-welcome"];
  const engine = await house.engine("sqld", sqldBinary(), args, {
    SQLD_DB_PATH: dir,
    SQLD_HTTP_LISTEN_ADDR: `127.0.0.1:${port}`,
    SQLD_ADMIN_LISTEN_ADDR: `127.0.0.1:${adminPort}`,
    LIBSQL_ADMIN_AUTH_KEY: adminKey,
    // Every namespace has a key of its own. This one, whose private half nobody keeps, only makes sure that a
    // namespace without a key would be closed, not open.
    SQLD_AUTH_JWT_KEY: publicKeyOf(newSigningKey()),
    SQLD_MAX_ACTIVE_NAMESPACES: "2000",
    SQLD_MAX_CONCURRENT_CONNECTIONS: "1024",
    SQLD_MAX_CONCURRENT_REQUESTS: "1024",
    SQLD_SHUTDOWN_TIMEOUT: "2",
    LIBSQL_DISABLE_METRICS: "true",
  });
  const namespaces = new Namespaces(`http://127.0.0.1:${adminPort}`, adminKey, join(dir, "dbs"));
  await untilReady(engine, namespaces);
  return { engine, namespaces, port };
}

async function untilReady(engine: Engine, namespaces: Namespaces): Promise<void> {
  const ending = new AbortController();
  void engine.ended.then(() => ending.abort());
  const ended = ending.signal;
  const started = Date.now();
  while (Date.now() - started < START_LIMIT_MS && !ended.aborted) {
    if (await namespaces.answers()) return;
    await sleep(POLL_MS);
  }
  const what = ended.aborted ? "ended" : `did not answer in ${START_LIMIT_MS} ms`;
  throw new TenantryError(embeddedTursoErrors.SQLD_DID_NOT_START, `sqld (pid ${engine.pid}) ${what}`);
}
