import { randomBytes } from "node:crypto";
import { join } from "node:path";

import type { Engine, VendorRuntime } from "../surface.ts";
import { Namespaces } from "./namespaces.ts";
import { newSigningKey, publicKeyOf } from "./signing-key.ts";
import { sqldBinary } from "./sqld-binary.ts";

/**
 * Bytes of address space for each of sqld's threads. It reads a query recursively and dies, for all databases, when its
 * thread's stack overflows: with the default of 2 MB at 25 000 terms in one expression. Only what is used takes memory.
 */
const THREAD_STACK = 256 * 2 ** 20;

/** A running libSQL server. */
export interface Sqld {
  readonly engine: Engine;
  readonly namespaces: Namespaces;
  /** The port on 127.0.0.1 where it takes queries; the namespace is the first label of the Host header. */
  readonly port: number;
  /** The folder with one folder per namespace. */
  readonly databases: string;
}

/** Starts sqld and waits until it answers. Throws SQLD_MISSING, CLOUD_ENGINE_DID_NOT_START. */
export async function startSqld(runtime: VendorRuntime): Promise<Sqld> {
  const [port, adminPort] = await Promise.all([runtime.port("sqld"), runtime.port("sqld-admin")]);
  const dir = join(runtime.dir, "sqld");
  const databases = join(dir, "dbs");
  const adminKey = randomBytes(24).toString("base64");
  const args = ["--enable-namespaces", "--disable-default-namespace", "--no-welcome"];
  const namespaces = new Namespaces(`http://127.0.0.1:${adminPort}`, adminKey, databases);
  const env = {
    SQLD_DB_PATH: dir,
    SQLD_HTTP_LISTEN_ADDR: `127.0.0.1:${port}`,
    SQLD_ADMIN_LISTEN_ADDR: `127.0.0.1:${adminPort}`,
    LIBSQL_ADMIN_AUTH_KEY: adminKey,
    // Every namespace has a key of its own. This one, whose private half is not kept, ensures that a namespace without a key
    // is closed, not open.
    SQLD_AUTH_JWT_KEY: publicKeyOf(newSigningKey()),
    SQLD_MAX_ACTIVE_NAMESPACES: "2000",
    SQLD_MAX_CONCURRENT_CONNECTIONS: "1024",
    SQLD_MAX_CONCURRENT_REQUESTS: "1024",
    SQLD_SHUTDOWN_TIMEOUT: "2",
    LIBSQL_DISABLE_METRICS: "true",
    RUST_MIN_STACK: String(THREAD_STACK),
  };
  const engine = await runtime.engine("sqld", sqldBinary(), args, env, wellness(namespaces, port));
  return { engine, namespaces, port, databases };
}

/** Looks first whether it is this very sqld that answers, then only whether it does: sqld logs the first as an error of ours. */
function wellness(namespaces: Namespaces, port: number): () => Promise<boolean> {
  let isOurs = false;
  return async () => {
    isOurs ||= await namespaces.answers();
    return isOurs && (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  };
}
