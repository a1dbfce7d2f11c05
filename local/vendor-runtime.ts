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
import { networkDelayMs } from "./network.ts";
import { openStore } from "./store.ts";
import { type EngineState, supervise, type SupervisedEngine } from "./supervision.ts";
import type { VendorRuntime } from "./surface.ts";
import type { SwitchBoards, SwitchValue } from "./switches.ts";

/** What the vendors' runtimes share. */
export interface CloudParts {
  /** Folder of the embedded cloud. */
  readonly dir: string;
  readonly clock: () => Date;
  readonly calls: CallLog;
  readonly faults: FaultPlan;
  readonly switches: SwitchBoards;
  readonly options: VendorRuntime["options"];
  /** Ports at which the vendors answer. */
  readonly vendorPorts: Set<number>;
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

/** Builds a vendor's runtime below `<dir>/<vendor>`. `close` ends its servers, then its engines. */
export function openRuntime(
  vendor: string,
  parts: CloudParts,
): { runtime: VendorRuntime; engines(): EngineState[]; close(): Promise<void> } {
  const dir = join(parts.dir, vendor);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const store = openStore(join(dir, "store.db"));
  const ports = store.table<number>("ports");
  const servers: Server[] = [];
  const engines: SupervisedEngine[] = [];

  const runtime: VendorRuntime = {
    dir,
    store,
    clock: parts.clock,
    options: parts.options,
    log: (line) => parts.log(`${vendor}: ${line}`),
    switches: (declared) => parts.switches.open(vendor, declared, store.table<SwitchValue>("switches")),
    async port(name) {
      const known = ports.get(name);
      if (known !== undefined) return known;
      const port = await freePort(parts.ports);
      ports.put(name, port);
      return port;
    },
    vendorPorts: () => parts.vendorPorts,
    answersAt: (port) => void parts.vendorPorts.add(port),
    async serve(surface) {
      const port = await runtime.port(surface.name);
      const place = () => parts.switches.valueOf(`${vendor}.network`);
      const app = admit(vendor, surface, parts.calls, parts.faults, ({ mutating }) =>
        networkDelayMs(vendor, place(), mutating),
      );
      // Hono's clean-up ends the connection half a second after an answer to a body that was not read: a client that sends all
      // before it listens then sees a reset and no refusal. Node by itself reads the rest and drops it.
      const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
      const server = createServer(
        { keepAliveTimeout: 60_000 },
        (request, response) => void listener(request, response),
      );
      servers.push(server);
      await listen(server, port);
      runtime.answersAt(port);
      return `http://127.0.0.1:${port}`;
    },
    async engine(name, command, args, env, isWell) {
      const engine = await supervise({
        name,
        launch: () => startEngine(join(dir, `${name}.log`), command, args, env),
        isWell,
        clock: parts.clock,
        log: (line) => parts.log(`${vendor}: ${line}`),
      });
      engines.push(engine);
      return engine;
    },
  };
  return {
    runtime,
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
