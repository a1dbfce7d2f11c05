import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { startRunningFly } from "../tests/local/fly/processes/running-fly.ts";

/**
 * `node bench/machine.ts [--runs 10] [--notes 300]`: a machine of the embedded cloud with the reference app on its bucket,
 * from its start until the mount is ready and the first request is answered, in milliseconds; and what its processes take
 * in MiB (proportional set size), idle and after `--notes` notes were written and read, eight at a time. Its index is a
 * SQLite file. The embedded cloud runs on the same cores.
 */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "10" }, notes: { type: "string", default: "300" } },
});
const runs = Number(values.runs);
const notes = Number(values.notes);
const NOTES_APP = "ghcr.io/tenantry/reference-app:0.1.0";

const running = await startRunningFly(["tigris", "fly"]);
const mounted: number[] = [];
const answered: number[] = [];
const idle: Memory[] = [];
const loaded: Memory[] = [];
try {
  for (let run = 0; run <= runs; run += 1) {
    const app = `bench-${run}`;
    const { id, began, answer } = await startMachine(app);
    mounted.push((await mountedAt(app)) - began);
    answered.push(answer - began);
    idle.push(memoryOf(id));
    await load(await running.url(app));
    loaded.push(memoryOf(id));
    await running.fly.ask("DELETE", `/apps/${app}/machines/${id}?force=true`);
  }
} finally {
  await running.fly.dispose();
}
const memory = (all: readonly Memory[]) => ({
  machine: spread(all.map((each) => each.all)),
  tigrisfs: spread(all.map((each) => each.tigrisfs)),
  app: spread(all.map((each) => each.node)),
});
const figures = {
  startToMountReadyMs: spread(mounted),
  startToFirstAnswerMs: spread(answered),
  idleMiB: memory(idle),
  [`after${notes}NotesMiB`]: memory(loaded),
};
console.log(JSON.stringify({ conditions: { runs, cores: cpus().length, node: process.version }, ...figures }, null, 2));

async function startMachine(app: string): Promise<{ id: string; began: number; answer: number }> {
  const { fly } = running;
  const bucket = await running.bucket(`tnt-${app}`);
  const env = { ...bucket.env, TENANT: app, DATABASE_FILE: "/tmp/notes.db", TIGRISFS_MEMORY_LIMIT: "256" };
  const service = { protocol: "tcp", internal_port: 8080, ports: [{ port: 80, handlers: ["http"] }], autostart: true };
  const guest = { cpu_kind: "shared", cpus: 1, memory_mb: 1024 };
  const config = { image: NOTES_APP, env, guest, services: [service], restart: { policy: "no" } };
  await fly.createApp(app);
  await fly.ask("POST", `/apps/${app}/ip_assignments`, { type: "shared_v4" });
  await fly.ask("POST", `/apps/${app}/secrets`, { values: bucket.secrets });
  const began = Date.now();
  const { body } = await fly.ask<{ id: string }>("POST", `/apps/${app}/machines`, { region: "iad", config });
  const { status } = await running.get(app, "/healthz");
  if (status !== 200) throw new Error(`${app} is not well: ${status}`);
  return { id: body.id, began, answer: Date.now() };
}

/** When the entrypoint found that the mount answers. */
async function mountedAt(app: string): Promise<number> {
  const line = (await running.log(app)).split("\n").find((each) => each.includes("is mounted at"));
  return Date.parse(line?.split(" ")[0] ?? "");
}

async function load(url: string): Promise<void> {
  const left = Array.from({ length: notes }, (_, index) => `note-${index}`);
  const text = "x".repeat(2000);
  const work = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const headers = { "content-type": "application/json" };
      await fetch(`${url}/notes/${id}`, { method: "PUT", headers, body: JSON.stringify({ title: id, text }) });
      await (await fetch(`${url}/notes/${id}`)).text();
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

interface Memory {
  readonly all: number;
  readonly tigrisfs: number;
  readonly node: number;
}

function memoryOf(machine: string): Memory {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(name, "environ").includes(`FLY_MACHINE_ID=${machine}`))
    .map((pid) => ({
      name: read(pid, "cmdline").split("\0")[0] ?? "",
      kib: Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0),
    }));
  const sum = (name?: string) =>
    processes
      .filter((each) => name === undefined || each.name.startsWith(name))
      .reduce((all, { kib }) => all + kib, 0) / 1024;
  return { all: sum(), tigrisfs: sum("tigrisfs"), node: sum("node") };
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Without the first, which fills caches. */
function spread(all: readonly number[]): { min: number; median: number; max: number } {
  const sorted = all.slice(1).toSorted((one, other) => one - other);
  const at = (place: number) => Math.round(sorted[place] ?? NaN);
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}
