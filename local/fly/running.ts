import { join } from "node:path";

import type { VendorRuntime } from "../surface.ts";
import type { Motion } from "./machines/motion.ts";
import { findImage } from "./machines/processes/images.ts";
import { MachineLogs } from "./machines/processes/machine-logs.ts";
import { findMeans } from "./machines/processes/means.ts";
import { openMemoryLimits } from "./machines/processes/memory-limit.ts";
import { ProcessRunner } from "./machines/processes/process-runner.ts";
import { UnpackedImages } from "./machines/processes/unpacked-images.ts";
import type { RunnerFactory } from "./machines/runner.ts";
import { FlyProxy } from "./proxy.ts";
import type { Tables } from "./tables.ts";

/** What there is beside the records when machines are to run. */
export interface Running {
  readonly runner: RunnerFactory;
  /** Why they cannot run on this host, and are records all the same. */
  readonly missing: string | undefined;
  readonly logs: MachineLogs;
  /** Undefined where nothing runs. */
  readonly proxy: FlyProxy | undefined;
  /** How many machines run. */
  count(): number;
  /** Lets requests in. */
  open(motion: Motion): void;
  close(): Promise<void>;
}

/** Folder of the machines' logs below the vendor's own. */
export const LOGS = "machines/logs";

/** Makes machines run, or says why they cannot. */
export function runningMachines(runtime: VendorRuntime, tables: Tables, records: RunnerFactory): Running {
  const logs = new MachineLogs(join(runtime.dir, LOGS), runtime.clock);
  const means = findMeans(process.env);
  if ("missing" in means) {
    runtime.log(`machines are records: ${means.missing}`);
    const nothing = { open: () => undefined, close: () => Promise.resolve(), count: () => 0, proxy: undefined };
    return { ...nothing, runner: records, missing: means.missing, logs };
  }
  const limits = openMemoryLimits(runtime.dir);
  if (limits.missing !== undefined) runtime.log(`machines run without a limit of memory: ${limits.missing}`);
  const lists = [join(import.meta.dirname, "../images.yaml"), join(runtime.dir, "../../images.yaml")];
  const unpacked = new UnpackedImages(join(runtime.dir, "images"));
  void unpacked.sweep();
  let runner: ProcessRunner | undefined;
  const proxy = new FlyProxy(runtime, tables, (machine) => runner?.portOf(machine));
  return {
    runner(reports) {
      runner = new ProcessRunner(reports, {
        dir: runtime.dir,
        programs: means.programs,
        limits,
        logs,
        records: records(reports),
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
    open: (motion) => proxy.open(motion),
    close: () => proxy.close(),
  };
}
