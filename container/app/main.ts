// The notes service: `node main.ts`, configured by its environment (README.md).
import "./native-log.ts";
import "./thread-pool.ts";

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { CatchUp } from "./catch-up.ts";
import { type Config, readConfig } from "./config.ts";
import { NoteFiles } from "./files/note-files.ts";
import { NoteObjects } from "./files/note-objects.ts";
import type { NoteStore } from "./files/note-store.ts";
import { Probe } from "./health.ts";
import { routes } from "./http/routes.ts";
import { serve } from "./http/server.ts";
import { Database } from "./index/database.ts";
import { SchemaTooNew } from "./index/migrate.ts";
import { NoteIndex } from "./index/note-index.ts";
import { openReplicaFile } from "./index/replica-file.ts";
import { Replica } from "./index/replica.ts";
import { jsonLog, type Log, reasonOf } from "./log.ts";
import { NoteService } from "./note-service.ts";
import { Quiet } from "./quiet.ts";
import { reindex } from "./reindex.ts";
import { Turns } from "./turns.ts";

/** sysexits.h, EX_CONFIG: starting again will not help. */
const EXIT_CONFIG = 78;
const HEALTH_LIMIT_MS = 2000;
const REPLICA_LIMIT_MS = 2000;
const clock = () => new Date();
const write = (line: string) => process.stdout.write(line);
// The reader of the log may be gone; the app continues to serve.
process.stdout.on("error", () => undefined);

const read = readConfig(process.env);
if ("faults" in read) {
  const log = jsonLog({ write, clock, level: "info", secrets: [], tenant: undefined });
  log("error", "config-invalid", { faults: read.faults });
  process.exitCode = EXIT_CONFIG;
} else {
  await start(read.config);
}

async function start(config: Config): Promise<void> {
  const { tenant, logLevel: level } = config;
  const log = jsonLog({ write, clock, level, secrets: secretsOf(config), tenant });
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log("error", "crashed", { reason: reasonOf(error), stack: error instanceof Error ? error.stack : undefined });
      process.exit(1);
    });
  }
  try {
    await run(config, log);
  } catch (error) {
    log("error", "not-started", { reason: reasonOf(error) });
    process.exitCode = error instanceof SchemaTooNew ? EXIT_CONFIG : 1;
  }
}

function secretsOf({ files, database }: Config): string[] {
  return [...(files.kind === "bucket" ? [files.secret] : []), ...(database.kind === "libsql" ? [database.token] : [])];
}

async function run(config: Config, log: Log): Promise<void> {
  const { maxNoteBytes, reindexConcurrency: atOnce } = config;
  const files = await storeFor(config);
  const database = new Database(config.database, config.databaseLimitMs);
  const replica = replicaOf(config, database, log);
  const index = new NoteIndex(database, replica);
  const turns = new Turns();
  const quiet = new Quiet();
  let schema = await schemaAtStart(index, log);
  const catchUp = new CatchUp(async (full, signal) => {
    // Each time: the database may have been out of reach at the start, or be another, empty one by now.
    schema = await index.prepare();
    return quiet.write(() => reindex({ files, index, turns, atOnce, clock, full, signal }));
  }, log);
  const probe = { limitMs: HEALTH_LIMIT_MS, log };
  const mount = new Probe("mount", () => files.probe(), probe);
  const answers = new Probe("database", () => index.ping(), probe);
  let isStopping = false;
  const app = routes({
    notes: new NoteService({ files, index, turns, quiet, catchUp, maxBytes: maxNoteBytes, clock, log }),
    index,
    catchUp,
    quiet,
    health: async () => {
      const [mountHealth, databaseHealth] = await Promise.all([mount.ask(), answers.ask()]);
      return { mount: mountHealth, database: databaseHealth };
    },
    about: () => ({
      database: database.kind,
      replica: replica?.state,
      schema,
      tenant: config.tenant,
      uptime: Math.round(process.uptime()),
    }),
    maxNoteBytes,
    log,
    isStopping: () => isStopping,
  });
  const server = await serve(app, { host: config.host, port: config.port });
  log("info", "listening", { port: server.port, database: database.kind, ms: Math.round(performance.now()) });
  catchUp.doubt();
  if (config.reindexIntervalMs !== undefined) catchUp.every(config.reindexIntervalMs);

  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    quiet.end();
    log("info", "stopping", { signal });
    // A reindex on a mount that hangs never ends.
    const background = Promise.race([catchUp.stop(), sleep(config.stopLimitMs, undefined, { ref: false })]);
    const [cut] = await Promise.all([server.stop(config.stopLimitMs), background]);
    const hungFiles = process.getActiveResourcesInfo().filter((resource) => resource.startsWith("FSReq")).length;
    const isOpen = Symbol();
    const left = await Promise.race([replica?.close(), sleep(REPLICA_LIMIT_MS, isOpen, { ref: false })]);
    database.close();
    const hung = hungFiles + (left === isOpen ? 1 : 0);
    log(cut + hung === 0 ? "info" : "error", "stopped", { cut, hung });
    // process.exit waits for the threads, and one in a mount, or at a database, that hangs does not come back.
    if (hung > 0) process.kill(process.pid, "SIGKILL");
    process.exit(cut === 0 ? 0 : 1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, (name) => void stop(name));
}

function storeFor({ files, maxNoteBytes: maxBytes }: Config): Promise<NoteStore> {
  return files.kind === "bucket" ? NoteObjects.at(files, maxBytes) : NoteFiles.at({ ...files, maxBytes, clock });
}

/** A replica in a folder of this process, where the index is on a server and the environment wants one. */
function replicaOf({ database: address, replica }: Config, database: Database, log: Log): Replica | undefined {
  if (address.kind === "file" || replica === undefined) return undefined;
  const { url, token } = address;
  return new Replica({
    open: (path) => openReplicaFile({ path, url, token }),
    folder: join(replica.folder, `notes-replica-${process.pid}`),
    maxAgeMs: replica.maxAgeMs,
    isServerWell: () => database.isWell(),
    log,
    now: () => performance.now(),
  });
}

/** An unreachable database does not stop reads and writes of notes; a database of a later version does. */
async function schemaAtStart(index: NoteIndex, log: Log): Promise<number | undefined> {
  try {
    return await index.prepare();
  } catch (error) {
    if (error instanceof SchemaTooNew) throw error;
    log("warn", "database-unavailable", { reason: reasonOf(error) });
    return undefined;
  }
}
