import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { failedPrecondition, Refusal } from "../../refusal.ts";
import type { MachineNetworks } from "../networks/machine-networks.ts";
import type { Entrance, ExecOrder, Exit, Launch, MachineReports, MachineRunner, StopOrder } from "../runner.ts";
import { stopOrderOf } from "../stop-order.ts";
import { appPort, commandOf, environmentOf } from "./environment.ts";
import { identityIn, ROOT_USER } from "./image-user.ts";
import type { Image } from "./images.ts";
import { MachineProcess } from "./machine-process.ts";
import type { MachineLogs } from "./machine-logs.ts";
import type { Programs } from "./means.ts";
import type { MemoryLimits } from "./memory-limit.ts";
import { probe, type Reach } from "./probing.ts";
import { CONTAINER, rootPlan } from "./root-plan.ts";

interface Parts {
  /** The folder of machines and volumes. */
  readonly dir: string;
  /** The programs of a machine that starts now. */
  readonly programs: () => Programs;
  readonly limits: MemoryLimits;
  readonly logs: MachineLogs;
  /** Takes machines whose image is not known here. */
  readonly records: MachineRunner;
  /** What is here in place of an image, if anything is. */
  image(name: string): Promise<Image | undefined>;
  /** The networks of machines; undefined: all share this computer's. */
  networks(): Promise<MachineNetworks | undefined>;
  /** A port on 127.0.0.1 that stays the same for this name. */
  port(name: string): Promise<number>;
  log(line: string): void;
}

interface Machine {
  readonly launch: Launch;
  readonly process: MachineProcess;
  /** Connects to a port of its; undefined when nothing listens there. */
  readonly reach: Reach;
  /** Aborts the checks. */
  watch: AbortController;
  /** Whether its end was asked for. */
  isStopping: boolean;
  isSuspended: boolean;
}

/** A machine that ended sooner than this after its start waits before the next one, longer each time. */
const SOON_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Where volumes lie below the folder of machines and volumes, each under its id. */
export const VOLUMES = "volumes";

/** Of machines that share this computer's network. */
const HOSTS = "/etc/hosts";
const CONTAINER_HERE = join(import.meta.dirname, "../../../../container");

/** Machines that run: as processes in namespaces of their own, on the same entrypoint and TigrisFS as at Fly. */
export class ProcessRunner implements MachineRunner {
  readonly #reports: MachineReports;
  readonly #parts: Parts;
  readonly #machines = new Map<string, Machine>();
  /** Starts that are under way. */
  readonly #starts = new Map<string, AbortController>();
  /** How often in a row a machine ended soon after its start. */
  readonly #hasty = new Map<string, number>();
  readonly #records = new Set<string>();
  #isClosed = false;

  constructor(reports: MachineReports, parts: Parts) {
    this.#reports = reports;
    this.#parts = parts;
    mkdirSync(join(parts.dir, "root"), { recursive: true, mode: 0o700 });
  }

  /** How many machines run. */
  get running(): number {
    return this.#machines.size;
  }

  /** How to connect to a port of the machine; undefined when it does not run. */
  reach(machine: string): Reach | undefined {
    const found = this.#machines.get(machine);
    return found === undefined || found.isStopping || found.isSuspended ? undefined : found.reach;
  }

  async start(launch: Launch): Promise<void> {
    const { id } = launch.machine;
    const frozen = this.#machines.get(id);
    if (frozen !== undefined) return this.#thaw(frozen);
    if (this.#isClosed) return;
    const attempt = new AbortController();
    this.#starts.set(id, attempt);
    try {
      await this.#begin(launch, attempt.signal);
    } catch (error) {
      // Somebody wants it down: that it did not come up is what was asked for.
      if (attempt.signal.aborted) return;
      this.#parts.logs.say(id, `not started: ${error instanceof Error ? error.message : "failed"}`);
      throw error;
    } finally {
      if (this.#starts.get(id) === attempt) this.#starts.delete(id);
    }
  }

  async #begin(launch: Launch, signal: AbortSignal): Promise<void> {
    const { id } = launch.machine;
    const image = await this.#imageOf(launch);
    signal.throwIfAborted();
    if (image === undefined) {
      this.#records.add(id);
      await this.#parts.records.start(launch);
    } else {
      this.#records.delete(id);
      await this.#boot(launch, image, signal);
    }
  }

  /** What runs for the machine's image; undefined, with a line in its log, if it stays a record. */
  async #imageOf({ machine: { id }, config }: Launch): Promise<Image | undefined> {
    const several = (config.processes ?? config.containers ?? []).length > 0;
    const image = several ? undefined : await this.#parts.image(config.image);
    if (image !== undefined) return image;
    const why = several
      ? "its config has `processes` or `containers`, which the embedded cloud does not run"
      : `nothing is registered here for its image ${config.image}; docs/machines.md says how to register one`;
    this.#parts.logs.say(id, `this machine is a record, nothing runs in it: ${why}`);
    this.#parts.log(`machine ${id} is a record: ${why}`);
    return undefined;
  }

  async #boot(launch: Launch, image: Image, signal: AbortSignal): Promise<void> {
    const { id } = launch.machine;
    const hasty = this.#hasty.get(id) ?? 0;
    if (hasty > 0) await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (hasty - 1), LONGEST_PAUSE_MS), undefined, { signal });
    const networks = await this.#parts.networks();
    // Machines that share 127.0.0.1 must not share a port there.
    const port = networks === undefined ? await this.#parts.port(`machine ${id}`) : undefined;
    signal.throwIfAborted();
    const internal = appPort(launch.config);
    const machine: Machine = {
      launch,
      reach: (asked) =>
        networks === undefined
          ? connected(asked === internal && port !== undefined ? port : asked)
          : networks.connect(id, asked),
      process: this.#spawn(launch, image, port, networks),
      watch: new AbortController(),
      isStopping: false,
      isSuspended: false,
    };
    this.#machines.set(id, machine);
    const began = Date.now();
    const kill = () => machine.process.kill();
    signal.addEventListener("abort", kill, { once: true });
    try {
      await machine.process.up;
    } catch (error) {
      this.#machines.delete(id);
      throw error;
    } finally {
      signal.removeEventListener("abort", kill);
    }
    this.#check(machine);
    void machine.process.ended.then((exit) => this.#ended(machine, exit, Date.now() - began < SOON_MS));
  }

  #spawn(
    launch: Launch,
    image: Image,
    port: number | undefined,
    networks: MachineNetworks | undefined,
  ): MachineProcess {
    const { programs, limits, logs, dir } = this.#parts;
    const {
      machine: { id, privateIp },
      app: { name, network },
      config,
    } = launch;
    const identity = "root" in image ? identityIn(image.root, image.user) : ROOT_USER;
    const env = environmentOf(launch, image, identity, port);
    const writer = logs.writer(id, launch.secrets.values());
    const folder = join(dir, "root");
    const process = new MachineProcess({
      folder,
      cgroup: limits.limit(id, config.guest?.memory_mb ?? 256),
      workdir: image.workdir,
      identity,
      command: commandOf(config, image, `${CONTAINER}/entrypoint.sh`),
      env,
      plan: rootPlan(launch, {
        ...{ folder, image, programs: programs(), container: CONTAINER_HERE, volumes: join(dir, VOLUMES) },
        hosts: networks?.hostsOf(network) ?? HOSTS,
      }),
      join: networks === undefined ? undefined : (pid) => networks.join({ id, app: name, network, privateIp, pid }),
      output: (chunk) => writer.write(chunk),
    });
    void process.ended.then(() => {
      writer.end();
      networks?.leave(id);
    });
    return process;
  }

  #check({ launch: { machine, config }, reach, watch }: Machine): void {
    const report = (check: string, result: Parameters<MachineReports["checked"]>[3]) =>
      this.#reports.checked(machine.id, machine.instanceId, check, result);
    probe(config, reach, report, watch.signal);
  }

  #ended(machine: Machine, exit: Exit, wasSoon: boolean): void {
    const { id, instanceId } = machine.launch.machine;
    machine.watch.abort();
    this.#machines.delete(id);
    this.#hasty.set(id, wasSoon && !machine.isStopping ? (this.#hasty.get(id) ?? 0) + 1 : 0);
    if (machine.isStopping) return;
    this.#reports.exited(id, instanceId, this.#withMemory(id, exit));
  }

  #withMemory(id: string, exit: Exit): Exit {
    const outOfMemory = this.#parts.limits.kills(id) > 0;
    if (outOfMemory) this.#parts.logs.say(id, "the kernel has killed a process: the machine's memory is used up");
    this.#parts.limits.remove(id);
    return { ...exit, outOfMemory };
  }

  async stop(id: string, { signal, timeoutMs }: StopOrder): Promise<Exit> {
    this.#starts.get(id)?.abort();
    const machine = this.#machines.get(id);
    if (machine === undefined) return { code: 0, outOfMemory: false };
    machine.isStopping = true;
    machine.watch.abort();
    if (machine.isSuspended) machine.process.kill();
    machine.process.signal(signal);
    const timer = setTimeout(() => {
      if (timeoutMs > 0) this.#parts.logs.say(id, `not ended ${timeoutMs / 1000} s after ${signal}: killed`);
      machine.process.kill();
    }, timeoutMs);
    const exit = await machine.process.ended;
    clearTimeout(timer);
    this.#machines.delete(id);
    return this.#withMemory(id, exit);
  }

  async suspend(id: string): Promise<void> {
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    machine.watch.abort();
    // All of its namespace but process 1, which only waits, and the sender.
    await machine.process.exec({ command: ["sh", "-c", "kill -STOP -1"], stdin: undefined, timeoutMs: 10_000 });
    machine.isSuspended = true;
  }

  async #thaw(machine: Machine): Promise<void> {
    if (!machine.isSuspended) return;
    await machine.process.exec({ command: ["sh", "-c", "kill -CONT -1"], stdin: undefined, timeoutMs: 10_000 });
    machine.isSuspended = false;
    machine.watch = new AbortController();
    this.#check(machine);
  }

  signal(id: string, signal: NodeJS.Signals): Promise<void> {
    this.#machines.get(id)?.process.signal(signal);
    return Promise.resolve();
  }

  async exec(id: string, order: ExecOrder) {
    if (this.#records.has(id)) throw new Refusal(501, "unimplemented: this machine is a record, nothing runs in it");
    const machine = this.#machines.get(id);
    if (machine === undefined || machine.isStopping) throw failedPrecondition("machine is not started");
    const result = await machine.process.exec(order);
    if (result === "late") throw new Refusal(408, "deadline_exceeded: the command did not end in time");
    if (result === "too much") throw new Refusal(413, "resource_exhausted: the command said more than can be answered");
    return result;
  }

  entrance(id: string): Entrance | undefined {
    if (this.#records.has(id)) throw new Refusal(501, "unimplemented: this machine is a record, nothing runs in it");
    const machine = this.#machines.get(id);
    return machine === undefined || machine.isStopping || machine.isSuspended ? undefined : machine.process.entrance();
  }

  async discard(id: string): Promise<void> {
    await this.stop(id, { signal: "SIGKILL", timeoutMs: 0 });
    this.#hasty.delete(id);
    this.#records.delete(id);
    this.#parts.limits.remove(id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const attempt of this.#starts.values()) attempt.abort();
    const machines = [...this.#machines.values()];
    await Promise.all(machines.map(({ launch }) => this.stop(launch.machine.id, stopOrderOf(launch.config))));
    // Not before: machines upload what they wrote.
    (await this.#parts.networks())?.close();
    this.#parts.limits.close();
    await this.#parts.records.close();
  }
}

async function connected(port: number): Promise<Socket | undefined> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}
