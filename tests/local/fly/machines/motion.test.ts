import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { ulid } from "../../../../local/fly/identifiers.ts";
import { type Keys, openKeys } from "../../../../local/fly/keys.ts";
import { machineConfig } from "../../../../local/fly/machines/config.ts";
import { type Command, isTransient } from "../../../../local/fly/machines/life-cycle.ts";
import { Motion } from "../../../../local/fly/machines/motion.ts";
import type { MachineRecord } from "../../../../local/fly/machines/record.ts";
import type { Exit, Launch, MachineReports, MachineRunner, StopOrder } from "../../../../local/fly/machines/runner.ts";
import { Refusal } from "../../../../local/fly/refusal.ts";
import { switches } from "../../../../local/fly/switches.ts";
import { openTables, type Tables } from "../../../../local/fly/tables.ts";
import { openStore } from "../../../../local/store.ts";
import type { AppRecord } from "../../../../local/fly/records.ts";

let dir: string;
let keys: Keys;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "tenantry-test-"));
  keys = openKeys(dir);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const APP: AppRecord = { id: "app-id", numericId: 1, name: "acme", network: "net", createdAt: 0, secretsVersion: 1 };

/** A runner with make-believe processes: what runs, and what it was told, in order. `pace` decides when work is done. */
class TestRunner implements MachineRunner {
  readonly running = new Map<string, Launch>();
  readonly told: string[] = [];
  failing = false;
  reports!: MachineReports;
  readonly #pace: () => Promise<void>;
  readonly #generation = new Map<string, number>();

  constructor(pace: () => Promise<void> = () => Promise.resolve()) {
    this.#pace = pace;
  }

  async start(launch: Launch): Promise<void> {
    const { id } = launch.machine;
    this.told.push("start");
    if (this.failing) throw new Error("no room");
    const generation = this.#generation.get(id) ?? 0;
    await this.#pace();
    if (generation === (this.#generation.get(id) ?? 0)) this.running.set(id, launch);
  }

  async stop(machine: string, { signal, timeoutMs }: StopOrder): Promise<Exit> {
    this.told.push(`stop ${signal} ${timeoutMs}`);
    await this.#end(machine);
    return { code: 0, outOfMemory: false };
  }

  async suspend(machine: string): Promise<void> {
    this.told.push("suspend");
    await this.#end(machine);
  }

  async discard(machine: string): Promise<void> {
    this.told.push("discard");
    await this.#end(machine);
  }

  signal = () => Promise.resolve();
  close = () => Promise.resolve();

  /** The main process ends by itself. */
  exit(machine: string, exit: Exit): void {
    const launch = this.running.get(machine);
    this.running.delete(machine);
    if (launch !== undefined) this.reports.exited(machine, launch.machine.instanceId, exit);
  }

  async #end(machine: string): Promise<void> {
    this.#generation.set(machine, (this.#generation.get(machine) ?? 0) + 1);
    this.running.delete(machine);
    await this.#pace();
  }
}

/** A host with one app, in memory; `reboot` gives it a new runner on the same tables, as after a kill -9. */
class Host {
  readonly tables: Tables;
  readonly log: string[] = [];
  runner: TestRunner;
  motion: Motion;
  readonly #store = openStore(":memory:");
  #now = Date.parse("2026-01-01T00:00:00Z");

  constructor(runner = new TestRunner()) {
    this.tables = openTables(this.#store);
    this.tables.apps.put(APP.name, APP);
    this.runner = runner;
    this.motion = this.#open();
  }

  admit(id: string, config: object = {}, secrets: Record<string, string> = {}, launch = true): MachineRecord {
    const sealed = Object.entries(secrets).map(([name, value]) => [name, keys.seal(value, `secret ${APP.id} ${name}`)]);
    const machine: MachineRecord = {
      id,
      app: APP.id,
      appName: APP.name,
      name: id,
      region: "iad",
      privateIp: "fdaa::1",
      instanceId: ulid(this.now()),
      state: "created",
      aim: undefined,
      move: 0,
      config: machineConfig.parse({ image: "app", ...config }),
      secrets: { version: 1, sealed: Object.fromEntries(sealed) as Record<string, string> },
      events: [],
      checks: {},
      restarts: [],
      cordoned: false,
      lease: undefined,
      createdAt: "",
      updatedAt: "",
    };
    this.motion.admit(machine, launch);
    return this.machine(id);
  }

  now = () => new Date(this.#now);

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  machine(id: string): MachineRecord {
    const machine = this.tables.machines.get(`${APP.id}/${id}`);
    if (machine === undefined) throw new Error(`no machine ${id}`);
    return machine;
  }

  tell(id: string, command: Command, change?: Parameters<Motion["command"]>[2]): void {
    this.motion.command(this.machine(id), command, change);
  }

  reboot(runner = new TestRunner()): void {
    this.runner = runner;
    this.motion = this.#open();
    this.motion.resume();
  }

  dispose(): void {
    this.#store.close();
  }

  #open(): Motion {
    const { runner } = this;
    return new Motion({
      tables: this.tables,
      keys,
      clock: this.now,
      log: (line) => this.log.push(line),
      open: { read: (name) => switches[name].preset },
      runner: (reports) => Object.assign(runner, { reports }),
    });
  }
}

const hosts: Host[] = [];
function host(runner?: TestRunner): Host {
  const made = new Host(runner);
  hosts.push(made);
  return made;
}
afterEach(() => {
  for (const made of hosts.splice(0)) made.dispose();
});

const never = () => new Promise<void>(() => undefined);

describe("a runner", () => {
  it("is given the config, the app and the opened secrets of the machine's version", async () => {
    const { motion, runner, admit } = bound(host());
    admit("m1", { env: { A: "1" } }, { TOKEN: "s3cret" });
    await motion.quiet();
    expect(runner.running.get("m1")).toMatchObject({
      app: { name: "acme", network: "net" },
      machine: { id: "m1", region: "iad" },
      config: { env: { A: "1" } },
      secrets: new Map([["TOKEN", "s3cret"]]),
    });
  });

  it("is told to stop as the config says, or else as Fly does by default", async () => {
    const { motion, runner, admit, tell } = bound(host());
    admit("m1", { stop_config: { signal: "SIGTERM", timeout: "2m" } });
    admit("m2");
    await motion.quiet();
    tell("m1", { kind: "stop" });
    tell("m2", { kind: "stop" });
    await motion.quiet();
    expect(runner.told).toEqual(["start", "start", "stop SIGTERM 120000", "stop SIGINT 5000"]);
  });

  it("is told at an update to stop by the old config, to discard, to start by the new one", async () => {
    const { motion, runner, admit, tell } = bound(host());
    admit("m1", { stop_config: { signal: "SIGTERM" } });
    await motion.quiet();
    runner.told.length = 0;
    const config = machineConfig.parse({ image: "new", stop_config: { signal: "SIGHUP" } });
    tell("m1", { kind: "update", launch: true }, { config, instanceId: "v2" });
    await motion.quiet();
    expect(runner.told).toEqual(["stop SIGTERM 5000", "discard", "start"]);
    expect(runner.running.get("m1")).toMatchObject({ machine: { instanceId: "v2" }, config: { image: "new" } });
  });

  it("that fails makes the machine failed, from where it can be started again", async () => {
    const made = host();
    const { motion, runner, admit, tell, machine } = bound(made);
    runner.failing = true;
    admit("m1");
    await motion.quiet();
    expect([machine("m1").state, machine("m1").aim]).toEqual(["failed", undefined]);
    expect(made.log).toEqual(["machine m1: starting: no room"]);
    runner.failing = false;
    tell("m1", { kind: "start" });
    await motion.quiet();
    expect(machine("m1").state).toBe("started");
  });

  it("reports checks, and reports of an old version count for nothing", async () => {
    const { motion, runner, admit, machine } = bound(host());
    const { instanceId } = admit("m1");
    await motion.quiet();
    runner.reports.checked("m1", instanceId, "mount", { status: "passing", output: "ok" });
    runner.reports.checked("m1", "older", "mount", { status: "critical", output: "late" });
    expect(machine("m1").checks).toMatchObject({ mount: { status: "passing", output: "ok" } });
    runner.reports.exited("m1", "older", { code: 1, outOfMemory: false });
    expect(machine("m1").state).toBe("started");
  });
});

describe("a machine whose main process ends by itself", () => {
  const crash = { code: 1, outOfMemory: false };
  const end = { code: 0, outOfMemory: false };

  it.each([
    ["crashes, by default", "started", crash, {}],
    ["ends well, by default", "stopped", end, {}],
    ["ends well, under always", "started", end, { restart: { policy: "always" } }],
    ["crashes, under no", "stopped", crash, { restart: { policy: "no" } }],
    ["ends well, with auto_destroy", "destroyed", end, { auto_destroy: true }],
    ["is killed by a signal, by default", "started", { signal: 9, outOfMemory: true }, {}],
  ])("%s is then %s", async (_, state, exit, config) => {
    const { motion, runner, admit, machine } = bound(host());
    admit("m1", config);
    await motion.quiet();
    runner.exit("m1", exit);
    await motion.quiet();
    expect(machine("m1").state).toBe(state);
    expect(runner.running.has("m1")).toBe(state === "started");
    expect(machine("m1").events).toContainEqual(expect.objectContaining({ type: "exit", status: "stopped" }));
  });

  it("is given up after the retries within five minutes, and has them again later", async () => {
    const made = host();
    const { motion, runner, admit, machine } = bound(made);
    admit("m1", { restart: { policy: "on-failure", max_retries: 2 } });
    const crashAgain = async () => {
      await motion.quiet();
      runner.exit("m1", crash);
      await motion.quiet();
      return machine("m1").state;
    };
    expect([await crashAgain(), await crashAgain()]).toEqual(["started", "started"]);
    made.advance(5 * 60_000);
    expect([await crashAgain(), await crashAgain(), await crashAgain()]).toEqual(["started", "started", "stopped"]);
  });
});

describe("a machine on a host that is killed", () => {
  it.each([
    ["starting", "started", []],
    ["stopping", "stopped", [{ kind: "stop" }]],
    ["suspending", "stopped", [{ kind: "suspend" }]],
    ["restarting", "started", [{ kind: "restart" }]],
    ["replacing", "started", [{ kind: "update", launch: true }]],
    ["destroying", "destroyed", [{ kind: "destroy", force: true }]],
  ] as const)("while it is %s is %s afterwards", async (transient, settled, commands) => {
    let isFrozen = transient === "starting";
    const made = host(new TestRunner(() => (isFrozen ? never() : Promise.resolve())));
    made.admit("m1");
    if (!isFrozen) await made.motion.quiet();
    isFrozen = true;
    for (const command of commands) made.tell("m1", command);
    expect(made.machine("m1").state).toBe(transient);

    made.reboot();
    await made.motion.quiet();
    const { state, aim } = made.machine("m1");
    expect([state, aim]).toEqual([settled, undefined]);
    expect(made.runner.running.has("m1")).toBe(settled === "started");
  });

  it("runs again when it was started", async () => {
    const made = host();
    made.admit("m1");
    await made.motion.quiet();
    const before = made.machine("m1");
    made.reboot();
    await made.motion.quiet();
    expect(made.runner.running.has("m1")).toBe(true);
    expect(made.machine("m1")).toEqual(before);
  });
});

type Step = Command | { readonly kind: "crash" | "reboot" | "abide" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ kind: "start" }, { kind: "stop" }, { kind: "suspend" }, { kind: "restart" }),
  fc.record({ kind: fc.constant("update" as const), launch: fc.boolean() }),
  fc.record({ kind: fc.constant("destroy" as const), force: fc.boolean() }),
  fc.constantFrom<Step>({ kind: "crash" }, { kind: "reboot" }, { kind: "abide" }, { kind: "abide" }),
);

const LASTING = ["created", "started", "stopped", "suspended", "failed", "destroyed"];

describe("whatever is done to a machine, in whatever order the work is finished", () => {
  it("ends in a state that lasts, runs exactly when it is started, and never rises from the dead", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 25 }), fc.boolean(), async (s, steps, launch) => {
        const pace = () => s.schedule(Promise.resolve());
        const made = new Host(new TestRunner(pace));
        try {
          made.admit("m1", {}, {}, launch);
          let isDead = false;
          for (const now of steps) {
            await take(made, now, pace, s);
            const { state } = made.machine("m1");
            const isDying = state === "destroyed" || state === "destroying";
            expect(isDead && !isDying).toBe(false);
            isDead ||= isDying;
          }
          await s.waitFor(made.motion.quiet());
          const { state, aim } = made.machine("m1");
          expect(LASTING).toContain(state);
          expect(aim).toBeUndefined();
          expect(made.runner.running.has("m1")).toBe(state === "started");
          expect(state === "destroyed").toBe(isDead);
        } finally {
          made.dispose();
        }
      }),
      { numRuns: 300 },
    );
  });
});

async function take(made: Host, now: Step, pace: () => Promise<void>, s: fc.Scheduler): Promise<void> {
  switch (now.kind) {
    case "abide":
      if (s.count() > 0) await s.waitNext(1);
      return;
    case "crash":
      made.runner.exit("m1", { code: 1, outOfMemory: false });
      return;
    case "reboot":
      // As after a kill: what the old one had under way comes to nothing, and nobody waits for it.
      void made.motion.stop();
      made.reboot(new TestRunner(pace));
      return;
    default:
      tellOrRefuse(made, now);
  }
}

function tellOrRefuse(made: Host, command: Command): void {
  const before = made.machine("m1");
  try {
    made.tell("m1", command, command.kind === "update" ? { instanceId: ulid(made.now()) } : {});
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect(made.machine("m1")).toEqual(before);
  }
  expect(isTransient(made.machine("m1").state) || made.machine("m1").state === before.state).toBe(true);
}

function bound(made: Host) {
  return {
    motion: made.motion,
    runner: made.runner,
    admit: made.admit.bind(made),
    tell: made.tell.bind(made),
    machine: made.machine.bind(made),
  };
}
