import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";

import { getRequestListener } from "@hono/node-server";

import { TenantryError } from "../errors/tenantry-error.ts";
import { admit } from "./admission.ts";
import type { CallLog } from "./call-log.ts";
import { startEngine } from "./engine.ts";
import { cloudErrors } from "./errors.ts";
import type { FaultPlan } from "./faults.ts";
import { openStore } from "./store.ts";
import { type EngineState, supervise, type SupervisedEngine } from "./supervision.ts";
import type { House } from "./surface.ts";
import type { SwitchBoards, SwitchValue } from "./switches.ts";

/** What the vendors' houses share. */
export interface Grounds {
  /** Folder of the embedded cloud. */
  readonly dir: string;
  readonly clock: () => Date;
  readonly calls: CallLog;
  readonly faults: FaultPlan;
  readonly switches: SwitchBoards;
  readonly options: House["options"];
  /** From which ports are chosen. */
  readonly ports: PortRange;
  log(line: string): void;
}

/** Ports from `first` up to, and without, `end`. */
export interface PortRange {
  readonly first: number;
  readonly end: number;
}

/** Below the range from which the kernel picks ports for outgoing connections, so that a port chosen once stays free. */
export const PORTS: PortRange = { first: 20_000, end: 30_000 };

/** Builds a vendor's house below `<dir>/<vendor>`. `close` ends its servers, then its engines. */
export function openHouse(
  vendor: string,
  grounds: Grounds,
): { house: House; engines(): EngineState[]; close(): Promise<void> } {
  const dir = join(grounds.dir, vendor);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const store = openStore(join(dir, "store.db"));
  const ports = store.table<number>("ports");
  const servers: Server[] = [];
  const engines: SupervisedEngine[] = [];

  const house: House = {
    dir,
    store,
    clock: grounds.clock,
    options: grounds.options,
    log: (line) => grounds.log(`${vendor}: ${line}`),
    switches: (declared) => grounds.switches.open(vendor, declared, store.table<SwitchValue>("switches")),
    async port(name) {
      const known = ports.get(name);
      if (known !== undefined) return known;
      const port = await freePort(grounds.ports);
      ports.put(name, port);
      return port;
    },
    async serve(surface) {
      const port = await house.port(surface.name);
      const app = admit(vendor, surface, grounds.calls, grounds.faults);
      const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
      const server = createServer(
        { keepAliveTimeout: 60_000 },
        (request, response) => void listener(request, response),
      );
      servers.push(server);
      await listen(server, port);
      return `http://127.0.0.1:${port}`;
    },
    async engine(name, command, args, env, isWell) {
      const engine = await supervise({
        name,
        launch: () => startEngine(join(dir, `${name}.log`), command, args, env),
        isWell,
        clock: grounds.clock,
        log: (line) => grounds.log(`${vendor}: ${line}`),
      });
      engines.push(engine);
      return engine;
    },
  };
  return {
    house,
    engines: () => engines.map((engine) => engine.state()),
    async close() {
      await Promise.all(servers.map(closeServer));
      await Promise.all(engines.map((engine) => engine.stop()));
      store.close();
    },
  };
}

async function freePort({ first, end }: PortRange): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * (end - first));
    const probe = createTcpServer();
    try {
      await listen(probe, port);
      return port;
    } catch {
      continue;
    } finally {
      probe.close();
    }
  }
}

async function listen(server: Server | ReturnType<typeof createTcpServer>, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new TenantryError(cloudErrors.CLOUD_PORT_TAKEN, `port ${port} on 127.0.0.1`, { cause });
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
