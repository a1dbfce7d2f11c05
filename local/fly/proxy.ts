import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import * as z from "zod";

import type { VendorRuntime } from "../surface.ts";
import type { MachineConfig } from "./machines/config.ts";
import type { Motion } from "./machines/motion.ts";
import type { Reach } from "./machines/processes/probing.ts";
import type { MachineRecord } from "./machines/record.ts";
import { partsOf, type Tables } from "./tables.ts";
import type { AppRecord } from "./records.ts";

/** How long a request waits for a machine that has to start first. */
const WAKE_LIMIT_MS = 60_000;
const POLL_MS = 20;
const AUTOSTOP_EVERY_MS = 1000;
/** How long a machine without traffic stays up. Fly looks every few minutes (Fly docs, "Autostop/autostart"). */
const IDLE_SECONDS = 300;
export const AUTOSTOP = "autostop";
export const autostopSchema = z.object({ idleSeconds: z.number().positive() });

/**
 * The way in to machines: every app that has an address gets a port on 127.0.0.1, which it keeps. A connection goes to a
 * started machine, or starts one; machines without traffic are stopped, as their service says. Bytes pass as they are.
 */
export class FlyProxy {
  readonly #runtime: VendorRuntime;
  readonly #tables: Tables;
  readonly #reach: (machine: string) => Reach | undefined;
  readonly #changed: () => Promise<void>;
  readonly #servers = new Map<string, { readonly app: string; readonly port: number; readonly server: Server }>();
  readonly #sockets = new Set<Socket>();
  /** When bytes last passed to or from a machine. */
  readonly #lastTraffic = new Map<string, number>();
  #motion: Motion | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  /**
   * @param reach how to connect to a machine; undefined when it is not up
   * @param changed told after apps or addresses have come or gone
   */
  constructor(
    runtime: VendorRuntime,
    tables: Tables,
    reach: (machine: string) => Reach | undefined,
    changed: () => Promise<void>,
  ) {
    this.#runtime = runtime;
    this.#tables = tables;
    this.#reach = reach;
    this.#changed = changed;
  }

  open(motion: Motion): void {
    this.#motion = motion;
    this.#timer = setInterval(() => this.#stopIdle(), AUTOSTOP_EVERY_MS).unref();
    void this.refresh();
  }

  /** Where an app is reached; undefined for one without an address. */
  url(app: AppRecord): string | undefined {
    const port = this.port(app);
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  /** The port of 127.0.0.1 at which an app is reached; undefined for one without an address. */
  port(app: AppRecord): number | undefined {
    return this.#servers.get(app.id)?.port;
  }

  /** After apps or addresses have come or gone: resolves when every app that has an address listens, and no other. */
  refresh(): Promise<void> {
    this.#work = this.#work.then(() => this.#refresh());
    return this.#work;
  }

  async #refresh(): Promise<void> {
    if (this.#motion === undefined) return;
    const apps = this.#tables.apps.entries().map(([, app]) => app);
    const open = new Map(
      apps.filter((app) => partsOf(this.#tables.addresses, app).length > 0).map((app) => [app.id, app]),
    );
    for (const [id, { server }] of this.#servers) {
      if (open.has(id)) continue;
      this.#servers.delete(id);
      server.close();
    }
    for (const [id, app] of open) if (!this.#servers.has(id)) await this.#listen(app);
    await this.#changed();
  }

  async #listen({ id, name }: AppRecord): Promise<void> {
    const port = await this.#runtime.port(`app ${name}`);
    const server = createServer((socket) => void this.#serve(name, socket));
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      this.#servers.set(id, { app: name, port, server });
    } catch {
      this.#runtime.log(`proxy: ${name} cannot be reached, port ${port} is taken by another program`);
    }
  }

  async #serve(app: string, client: Socket): Promise<void> {
    this.#sockets.add(client);
    client.once("close", () => this.#sockets.delete(client)).on("error", () => client.destroy());
    const found = await this.#upstream(app, client);
    if (found === undefined || client.destroyed) {
      found?.upstream.destroy();
      client.end("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      return;
    }
    const { upstream, machine } = found;
    const traffic = () => {
      this.#lastTraffic.set(machine, Date.now());
    };
    traffic();
    upstream.on("error", () => client.destroy());
    client.once("close", () => upstream.destroy()).on("data", traffic);
    upstream.on("data", traffic);
    client.pipe(upstream).pipe(client);
  }

  /** A connection to one of the app's machines, which is started if it has to be. */
  async #upstream(app: string, client: Socket): Promise<{ upstream: Socket; machine: string } | undefined> {
    for (const began = Date.now(); Date.now() - began < WAKE_LIMIT_MS && !client.destroyed;) {
      const machines = this.#machinesOf(app);
      if (machines.length === 0) return undefined;
      const started = machines.filter(({ state, id }) => state === "started" && this.#reach(id) !== undefined);
      for (const { id, config } of started) {
        const upstream = await this.#reach(id)?.(serviceOf(config)?.internal_port ?? 0);
        if (upstream !== undefined) return { upstream, machine: id };
      }
      const isComing = machines.some(({ state }) => ["started", "starting", "restarting", "replacing"].includes(state));
      if (!isComing && !this.#wake(machines)) return undefined;
      await sleep(POLL_MS);
    }
    return undefined;
  }

  /** Starts one of the machines; false when none is to be started by a request. */
  #wake(machines: readonly MachineRecord[]): boolean {
    // Of a single machine Fly's proxy does not heed `autostart: false` (Kilo-Org/cloud pull requests 3219, 3376).
    const willing =
      machines.length === 1 ? machines : machines.filter(({ config }) => serviceOf(config)?.autostart !== false);
    const asleep = willing.find(({ state }) => state === "suspended" || state === "stopped");
    if (asleep !== undefined) this.#motion?.command(asleep, { kind: "start" });
    return asleep !== undefined || willing.some(({ state }) => state === "stopping" || state === "suspending");
  }

  #machinesOf(name: string): MachineRecord[] {
    const app = this.#tables.apps.get(name);
    const machines = app === undefined ? [] : partsOf(this.#tables.machines, app);
    return machines.filter(
      ({ state, cordoned, config }) => state !== "destroyed" && !cordoned && serviceOf(config) !== undefined,
    );
  }

  #stopIdle(): void {
    const { idleSeconds } = autostopSchema.safeParse(this.#tables.settings.get(AUTOSTOP)).data ?? {
      idleSeconds: IDLE_SECONDS,
    };
    const idle = ({ id, events }: MachineRecord) =>
      Date.now() - Math.max(this.#lastTraffic.get(id) ?? 0, events[0]?.timestamp ?? 0) > idleSeconds * 1000;
    for (const { app } of this.#servers.values()) {
      const started = this.#machinesOf(app).filter(
        ({ state, id }) => state === "started" && this.#reach(id) !== undefined,
      );
      started
        .slice(fewest(started))
        .filter(idle)
        .forEach((machine) => this.#stop(machine));
    }
  }

  #stop(machine: MachineRecord): void {
    const { autostop } = serviceOf(machine.config) ?? {};
    if (autostop === "suspend") this.#motion?.command(machine, { kind: "suspend" });
    else if (autostop === true) this.#motion?.command(machine, { kind: "stop" });
  }

  /** Ends the listeners and what is connected. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#motion = undefined;
    await this.#work;
    for (const { server } of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function serviceOf({ services = [] }: MachineConfig): NonNullable<MachineConfig["services"]>[number] | undefined {
  return services[0];
}

/** How many machines are to stay up whatever the traffic. */
function fewest(machines: readonly MachineRecord[]): number {
  return Math.max(0, ...machines.map(({ config }) => serviceOf(config)?.min_machines_running ?? 0));
}
