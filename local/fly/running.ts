import { join } from "node:path";

import type { VendorRuntime } from "../surface.ts";
import type { SwitchBoard } from "../switches.ts";
import type { Motion } from "./machines/motion.ts";
import { MachineNetworks, type PrivateAddress } from "./machines/networks/machine-networks.ts";
import { findImage } from "./machines/processes/images.ts";
import { MachineLogs } from "./machines/processes/machine-logs.ts";
import { findMeans, foldersOf } from "./machines/processes/means.ts";
import { openMemoryLimits } from "./machines/processes/memory-limit.ts";
import { ProcessRunner } from "./machines/processes/process-runner.ts";
import { UnpackedImages } from "./machines/processes/unpacked-images.ts";
import type { RunnerFactory } from "./machines/runner.ts";
import { FlyProxy } from "./proxy.ts";
import { DEFAULT_NETWORK } from "./organization.ts";
import type { switches as declared } from "./switches.ts";
import { partsOf, type Tables } from "./tables.ts";

/** What there is beside the records when machines are to run. */
export interface Running {
  readonly runner: RunnerFactory;
  /** Why they cannot run on this host and are only records. */
  readonly missing: string | undefined;
  readonly logs: MachineLogs;
  /** Undefined where nothing runs. */
  readonly proxy: FlyProxy | undefined;
  /** How many machines run. */
  count(): number;
  /** Why machines share this computer's network; undefined: each is on its app's network and no other. */
  sharedNetwork(): Promise<string | undefined>;
  /** Lets requests in. */
  open(motion: Motion): void;
  close(): Promise<void>;
}

/** Where a private address answers: without TLS, as at Fly. */
const HTTP_PORT = 80;

/** Folder of the machines' logs below the vendor's own. */
export const LOGS = "machines/logs";

/** Makes machines run, or says why they cannot. */
export function runningMachines(
  runtime: VendorRuntime,
  tables: Tables,
  records: RunnerFactory,
  open: SwitchBoard<typeof declared>,
): Running {
  const logs = new MachineLogs(join(runtime.dir, LOGS), runtime.clock);
  const means = findMeans(process.env);
  if ("missing" in means) {
    runtime.log(`machines are records: ${means.missing}`);
    const nothing = { open: () => undefined, close: () => Promise.resolve(), count: () => 0, proxy: undefined };
    return {
      ...nothing,
      sharedNetwork: () => Promise.resolve(undefined),
      runner: records,
      missing: means.missing,
      logs,
    };
  }
  const limits = openMemoryLimits(runtime.dir);
  if (limits.missing !== undefined) runtime.log(`machines run without a limit of memory: ${limits.missing}`);
  const lists = [join(import.meta.dirname, "../images.yaml"), join(runtime.dir, "../../images.yaml")];
  const unpacked = new UnpackedImages(join(runtime.dir, "images"));
  void unpacked.sweep();
  const networks = openNetworks(runtime);
  const own = async () => {
    const found = await networks;
    return "missing" in found ? undefined : found;
  };
  let runner: ProcessRunner | undefined;
  const proxy: FlyProxy = new FlyProxy(
    runtime,
    tables,
    (machine) => runner?.reach(machine),
    async () => (await own())?.setAddresses(privateAddresses(tables, proxy, open.read("flycastWithinNetwork"))),
  );
  return {
    runner(reports) {
      runner = new ProcessRunner(reports, {
        dir: runtime.dir,
        programs: means.programs,
        limits,
        logs,
        records: records(reports),
        networks: own,
        image: (name) => findImage(lists, name, (source) => unpacked.of(source)),
        port: (name) => runtime.port(name),
        log: (line) => runtime.log(line),
      });
      return runner;
    },
    missing: undefined,
    logs,
    proxy,
    count: () => runner?.running ?? 0,
    async sharedNetwork() {
      const found = await networks;
      return "missing" in found ? found.missing : undefined;
    },
    open: (motion) => proxy.open(motion),
    close: () => proxy.close(),
  };
}

/** The networks of machines, or why all machines share this computer's. Tried in the background; never fails. */
async function openNetworks(runtime: VendorRuntime): ReturnType<typeof MachineNetworks.open> {
  if (runtime.options["networks"] === "shared") return { missing: "that was asked for" };
  const { log, vendorPorts } = runtime;
  const found = await MachineNetworks.open(
    { dir: join(runtime.dir, "networks"), vendorPorts, log },
    foldersOf(process.env),
  );
  if ("missing" in found) log(`machines share this computer's network: ${found.missing}`);
  return found;
}

/** Of the apps that listen, the addresses that machines of one network may call. */
function privateAddresses(tables: Tables, proxy: FlyProxy, isWithinNetwork: boolean): PrivateAddress[] {
  return tables.apps.entries().flatMap(([name, app]) => {
    const here = proxy.port(app);
    if (here === undefined) return [];
    return partsOf(tables.addresses, app)
      .filter(({ kind }) => kind === "private_v6")
      .map(({ ip, network = "" }) => ({ app: name, ip, network: network === "" ? DEFAULT_NETWORK : network }))
      .filter(({ network }) => !isWithinNetwork || network === app.network)
      .map((address): PrivateAddress => ({ ...address, ports: [[HTTP_PORT, here]] }));
  });
}
