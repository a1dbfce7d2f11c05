import { stringify } from "smol-toml";

import type { RecordedTenant } from "../engine/recorded-tenants.ts";

interface Service {
  readonly internal_port: number;
  readonly autostop: string;
  readonly autostart: boolean;
  /** The provider leaves out a 0. */
  readonly min_machines_running?: number;
  readonly ports: readonly Readonly<Record<string, unknown>>[];
  readonly protocol: string;
  readonly concurrency: Readonly<Record<string, unknown>>;
}

/**
 * The tenant's machine as a fly.toml, for people who want to look at it with flyctl. It says the same as the machine's
 * config, in flyctl's own names; the Machines API and this file name some settings differently (autostop).
 *
 * Source: https://fly.io/docs/reference/configuration/
 */
export function flyToml({ app, machine: { region, config } }: RecordedTenant): string {
  // A suspended machine has none.
  const services = (config["services"] ?? []) as readonly Service[];
  const guest = config["guest"] as Readonly<Record<string, number | string>>;
  const mounts = config["mounts"] as readonly { readonly path: string }[] | undefined;
  const stop = config["stop_config"] as { signal: string; timeout: string };
  const head = `# Written by \`tenantry emit\` from the tenant file. Edit that file, not this one: tenantry owns the machine.\n`;
  return `${head}${stringify({
    app,
    primary_region: region,
    kill_signal: stop.signal,
    kill_timeout: stop.timeout,
    build: { image: config["image"] as string },
    env: config["env"] as Record<string, string>,
    services: services.map(({ autostop, autostart, ...service }) => ({
      ...service,
      auto_stop_machines: autostop,
      auto_start_machines: autostart,
    })),
    // flyctl looks volumes up by name; provider/fly knows this one by its id.
    ...(mounts === undefined ? {} : { mounts: mounts.map(({ path }) => ({ source: "data", destination: path })) }),
    checks: config["checks"] as Record<string, Record<string, unknown>>,
    restart: [{ policy: (config["restart"] as { policy: string }).policy }],
    vm: [{ cpu_kind: guest["cpu_kind"], cpus: guest["cpus"], memory: `${guest["memory_mb"] ?? ""}mb` }],
  })}`;
}
