import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { startTurso, type TursoCloud } from "../../local/turso/turso-cloud.ts";
import type { TestCloud } from "../../support/cloud.ts";
import type { Machine } from "../machine.ts";
import { type Tenant, type Tenants, tenants } from "../tenants.ts";

const WRITING_APP = join(import.meta.dirname, "../../../operations/gates/writing-app.mjs");

/** Files that were only closed, files that were synced, and rows. */
export interface Counts {
  readonly closed: number;
  readonly synced: number;
  readonly rows: number;
}

/** What an event under writing load has left of what the app had been told was written. */
export interface Row {
  readonly event: string;
  /** The exit code of the machine that it happened to. */
  readonly exit: number;
  readonly acknowledged: Counts;
  readonly lost: Counts;
}

/** Does everything to machines under writing load that may happen to them, in this order. */
export async function killTable(): Promise<Row[]> {
  const fleet = tenants();
  const turso = await startTurso();
  try {
    await fleet.start();
    // So slow that uploads are under way when it happens.
    const slow = { vendor: "tigris", operation: "^PutObject$", kind: "latency", latencyMs: 100 } as const;
    await fleet.cloud().faults(slow);
    const rows = await Promise.all(EVENTS.map(([event, happens]) => rowOf(event, { fleet, turso }, happens)));
    for (const [event, happens] of OUTAGES) rows.push(await rowOf(event, { fleet, turso }, happens));
    return rows;
  } finally {
    await fleet.clear();
    await fleet.dispose();
    await turso.dispose();
  }
}

interface Scene {
  readonly fleet: Tenants;
  readonly turso: TursoCloud;
}

/** Starts a machine under load; resolves when the load is well under way. */
type Begin = (run: string) => Promise<Machine>;
/** Answers the machine whose exit code counts. */
type Disturbance = (begin: Begin, scene: Scene) => Promise<Machine>;

const stop = async (machine: Machine) => {
  machine.signal("SIGTERM");
  await machine.ended;
};
const kill = (pids: readonly number[]) => {
  for (const pid of pids) process.kill(pid, "SIGKILL");
};

const EVENTS: readonly (readonly [string, Disturbance])[] = [
  [
    "stop",
    async (begin) => {
      const machine = await begin("a");
      await stop(machine);
      return machine;
    },
  ],
  [
    "update: stop, and a start that goes on writing",
    async (begin) => {
      await stop(await begin("a"));
      const machine = await begin("b");
      await stop(machine);
      return machine;
    },
  ],
  [
    "kill -9 of the app",
    async (begin) => {
      const machine = await begin("a");
      kill(machine.pids().filter((pid) => textIn(pid, "cmdline").startsWith(process.execPath)));
      await machine.ended;
      return machine;
    },
  ],
  [
    "kill -9 of TigrisFS",
    async (begin) => {
      const machine = await begin("a");
      kill(machine.pidsOf("tigrisfs"));
      await machine.ended;
      return machine;
    },
  ],
  [
    "kill -9 of the machine, and a start that goes on writing",
    async (begin) => {
      const machine = await begin("a");
      await machine.dispose();
      await stop(await begin("b"));
      return machine;
    },
  ],
];

/** What happens to every tenant at once, and is over before the machine is stopped. */
const OUTAGES: readonly (readonly [string, Disturbance])[] = [
  [
    "kill -9 of the S3 engine, back after that",
    async (begin, { fleet }) => {
      const machine = await begin("a");
      // The embedded cloud starts it again by itself, mostly before an upload has failed.
      kill(engineOf(fleet.cloud(), "versitygw"));
      await revive(fleet.cloud());
      await stop(machine);
      return machine;
    },
  ],
  [
    "kill -9 of the database, back after that",
    async (begin, { turso }) => {
      const machine = await begin("a");
      kill(engineOf(turso.cloud, "sqld"));
      await revive(turso.cloud);
      await stop(machine);
      return machine;
    },
  ],
];

async function rowOf(event: string, scene: Scene, happens: Disturbance): Promise<Row> {
  const one = await scene.fleet.tenant();
  const { Hostname } = await scene.turso.create(one.bucket);
  const token = await scene.turso.mint(one.bucket);
  const database = () => scene.turso.connect(Hostname, token);
  const machines: Machine[] = [];
  const begin: Begin = async (run) => {
    const env = { LIBSQL_URL: `libsql://${Hostname}?tls=0`, DATABASE_AUTH_TOKEN: token, TIGRISFS_RETRY_INTERVAL: "1s" };
    const app = [process.execPath, "--disable-warning=ExperimentalWarning", WRITING_APP, run];
    const machine = one.machine(app, env);
    machines.push(machine);
    await machine.says(`row ${run}-9`);
    return machine;
  };
  const { ended } = await happens(begin, scene);
  const log = machines.map((machine) => machine.log()).join("");
  const said = (word: string) => [...log.matchAll(new RegExp(`^${word} (\\S+)$`, "gm"))].map(([, name = ""]) => name);
  const files = await present(one);
  const { rows } = await database().execute("SELECT name FROM load");
  const kept = new Set(rows.map(({ name }) => name));
  const [closed, synced, inserted] = [said("closed"), said("synced"), said("row")];
  const lostOf = (names: readonly string[], there: ReadonlySet<unknown>) =>
    names.filter((name) => !there.has(name)).length;
  return {
    event,
    exit: await ended,
    acknowledged: { closed: closed.length, synced: synced.length, rows: inserted.length },
    lost: { closed: lostOf(closed, files), synced: lostOf(synced, files), rows: lostOf(inserted, kept) },
  };
}

/** The files whose content is whole, as a machine that is started afterwards sees them. */
async function present(one: Tenant): Promise<Set<string>> {
  const words = 'cd "$MOUNT_PATH"; for f in closed-* synced-*; do [ "$(cat $f)" = $f ] && echo "there $f"; done';
  const machine = one.machine(["sh", "-c", words]);
  await machine.ended;
  return new Set([...machine.log().matchAll(/^there (\S+)$/gm)].map(([, name = ""]) => name));
}

/** An engine of this cloud: it has been told the cloud's folder. */
function engineOf({ home }: TestCloud, program: string): number[] {
  const found = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => textIn(pid, "comm").startsWith(program))
    .filter((pid) => (textIn(pid, "cmdline") + textIn(pid, "environ")).includes(home));
  if (found.length === 0) throw new Error(`there is no ${program} in ${home}`);
  return found;
}

/** "" for a process that has ended. */
function textIn(pid: number, file: "comm" | "cmdline" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** The embedded cloud does not start an engine anew by itself. */
async function revive(cloud: TestCloud): Promise<void> {
  await cloud.kill();
  await cloud.restart();
}
