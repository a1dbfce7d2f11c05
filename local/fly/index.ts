import { join } from "node:path";

import type { VendorRuntime, RunningVendor, Vendor } from "../surface.ts";
import { openApi } from "./api.ts";
import { appOperations } from "./apps.ts";
import { checkOutcome, embeddedOperations } from "./embedded-operations.ts";
import { graphqlOperations } from "./graphql-operations.ts";
import { ipAssignmentOperations } from "./ip-assignments.ts";
import { openKeys } from "./keys.ts";
import { leftovers } from "./leftovers.ts";
import { commandOperations } from "./machines/command-operations.ts";
import { leaseOperations } from "./machines/lease-operations.ts";
import { metadataOperations } from "./machines/metadata-operations.ts";
import { Motion } from "./machines/motion.ts";
import { recordOperations } from "./machines/record-operations.ts";
import { recordRunner } from "./machines/record-runner.ts";
import type { RunnerFactory } from "./machines/runner.ts";
import { ORGANIZATION } from "./organization.ts";
import type { Platform } from "./platform.ts";
import { rateLimiter } from "./rate-limits.ts";
import { regionOperations } from "./region-operations.ts";
import { type Running, runningMachines } from "./running.ts";
import { runningOperations } from "./running-operations.ts";
import { secretOperations } from "./secrets.ts";
import { switches as declared } from "./switches.ts";
import { openTables } from "./tables.ts";
import { defaultExpiry, registerToken, tokenOperations } from "./tokens.ts";
import { volumeOperations } from "./volumes.ts";

/** The embedded Fly: its Machines API. Its machines run as processes where that was asked for and can be; else they are records. */
export const fly: Vendor = { name: "fly", start };

async function start(runtime: VendorRuntime): Promise<RunningVendor> {
  const { store, clock, log } = runtime;
  const tables = openTables(store);
  const switches = runtime.switches(declared);
  const keys = openKeys(join(runtime.dir, "keys"));
  const outcome = checkOutcome(tables);
  const records: RunnerFactory = (reports) => recordRunner(reports, outcome);
  const running =
    runtime.options["machines"] === "processes" ? runningMachines(runtime, tables, records, switches) : undefined;
  const motion = new Motion({ tables, keys, clock, runner: running?.runner ?? records, open: switches, log });
  const leavings = leftovers({ dir: runtime.dir, tables, clock, log });
  const platform: Platform = { store, tables, keys, clock, switches, motion, running, leftovers: leavings };
  const token = keys.organizationToken;
  registerToken(tables, token, { id: "organization", kind: "organization", expiresAt: defaultExpiry(clock()) });

  const { app, identify } = openApi(platform, allOperations(platform), rateLimiter(clock), log);
  const endpoint = await runtime.serve({ name: "machines", app, identify });
  return {
    endpoints: { endpoint },
    credentials: { organization: ORGANIZATION.slug, token },
    ready() {
      leavings.open();
      motion.resume();
      running?.open(motion);
    },
    status: () => figures(platform),
    async stop() {
      leavings.close();
      await running?.close();
      await motion.stop();
    },
  };
}

function allOperations(platform: Platform) {
  return [
    ...appOperations(platform),
    ...tokenOperations(platform),
    ...secretOperations(platform),
    ...recordOperations(platform),
    ...commandOperations(platform),
    ...leaseOperations(platform),
    ...metadataOperations(platform),
    ...volumeOperations(platform),
    ...ipAssignmentOperations(platform),
    ...regionOperations(),
    ...graphqlOperations(platform),
    ...embeddedOperations(platform),
    ...runningOperations(platform),
  ];
}

async function figures({ tables, running }: Platform) {
  const states = tables.machines.entries().map(([, { state }]) => state);
  return {
    apps: tables.apps.entries().length,
    machines: states.filter((state) => state !== "destroyed").length,
    "machines started": states.filter((state) => state === "started").length,
    volumes: tables.volumes.entries().filter(([, { state }]) => state === "created").length,
    ...(await figuresOf(running)),
  };
}

async function figuresOf(running: Running | undefined): Promise<Record<string, number | string>> {
  if (running === undefined) return {};
  if (running.missing !== undefined) return { note: `are records, nothing runs in them: ${running.missing}` };
  const why = await running.sharedNetwork();
  const shared = why === undefined ? {} : { note: `share this computer's network, and its ports: ${why}` };
  return { "machines running": running.count(), ...shared };
}
