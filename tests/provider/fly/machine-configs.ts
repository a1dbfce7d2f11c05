import fc from "fast-check";

import type { MachineConfig } from "../../../provider/fly/machine-config.ts";

/** A config that uses every setting, none of them with its default. */
export const FULL: MachineConfig = {
  image: "registry.example/agent@sha256:00",
  guest: { cpu_kind: "shared", cpus: 2, memory_mb: 1024 },
  env: { LOG_LEVEL: "info", EMPTY: "" },
  init: { exec: ["/bin/run"], entrypoint: ["/entry"], cmd: ["serve"], tty: true, swap_size_mb: 256 },
  services: [
    {
      protocol: "tcp",
      internal_port: 8080,
      autostart: true,
      autostop: "stop",
      min_machines_running: 1,
      ports: [
        { port: 80, handlers: ["http"], force_https: true },
        { port: 443, handlers: ["tls", "http"] },
      ],
      concurrency: { type: "requests", soft_limit: 10, hard_limit: 20 },
      checks: [{ type: "http", interval: "15s", timeout: "5s", grace_period: "90s", method: "HEAD", path: "/ready" }],
    },
  ],
  checks: {
    mount: {
      type: "http",
      kind: "readiness",
      port: 8080,
      interval: "15s",
      timeout: "2s",
      grace_period: "30s",
      method: "GET",
      path: "/healthz",
      protocol: "https",
      headers: [{ name: "Host", values: ["a", "b"] }],
      tls_skip_verify: true,
      tls_server_name: "inner",
    },
  },
  restart: { policy: "always", max_retries: 3 },
  stop_config: { signal: "SIGTERM", timeout: "120s" },
  metadata: { tenant: "acme", stack: "prod" },
  mounts: [{ volume: "vol_0123456789abcdef", path: "/data" }],
  files: [{ guest_path: "/etc/app.conf", raw_value: "aGVsbG8=", mode: 256 }],
  rootfs: { persist: "restart", size_gb: 4 },
};

/** The least a machine needs, with a check. */
export const SMALL: MachineConfig = {
  image: "registry.example/app:1",
  guest: { cpu_kind: "shared", cpus: 1, memory_mb: 512 },
  env: { LOG_LEVEL: "info" },
  services: [
    {
      protocol: "tcp",
      internal_port: 8080,
      autostart: true,
      autostop: "stop",
      ports: [{ port: 80, handlers: ["http"] }],
    },
  ],
  checks: { health: { type: "http", port: 8080, path: "/healthz", interval: "100ms", timeout: "100ms" } },
  restart: { policy: "on-failure", max_retries: 10 },
  stop_config: { signal: "SIGTERM", timeout: "30s" },
  metadata: { tenant: "acme" },
};

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,6}$/).filter((text) => !(text in {}));
const seconds = fc.integer({ min: 1, max: 7200 }).map((count) => `${count}s`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const port = fc.integer({ min: 1, max: 65_535 });
const texts = fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 });
const map = fc.dictionary(name, fc.string({ maxLength: 8 }), { maxKeys: 3 });

const check = fc.record({
  type: fc.constantFrom("http" as const, "tcp" as const),
  port: maybe(port),
  interval: seconds,
  timeout: seconds,
  grace_period: maybe(seconds),
  path: maybe(fc.constantFrom("/", "/healthz")),
  tls_skip_verify: maybe(fc.boolean()),
});

const service = fc.record({
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
  internal_port: port,
  autostart: fc.boolean(),
  autostop: fc.constantFrom("off" as const, "stop" as const, "suspend" as const),
  min_machines_running: maybe(fc.integer({ min: 0, max: 3 })),
  ports: maybe(
    fc.array(fc.record({ port, handlers: maybe(texts), force_https: maybe(fc.boolean()) }), { maxLength: 2 }),
  ),
  checks: maybe(fc.array(check, { maxLength: 2 })),
});

/** Any config that can be declared. */
export const anyConfig = fc.record({
  image: fc.constantFrom("a/b:1", "a/b@sha256:00"),
  guest: fc.record({
    cpu_kind: fc.constantFrom("shared" as const, "performance" as const),
    cpus: fc.integer({ min: 1, max: 8 }),
    memory_mb: fc.integer({ min: 1, max: 8 }).map((steps) => steps * 2048),
  }),
  env: maybe(map),
  init: maybe(fc.record({ exec: maybe(texts), tty: maybe(fc.boolean()), swap_size_mb: maybe(fc.nat(512)) })),
  services: maybe(fc.array(service, { maxLength: 2 })),
  checks: maybe(fc.dictionary(name, check, { maxKeys: 2 })),
  restart: maybe(
    fc.record({
      policy: fc.constantFrom("no" as const, "always" as const, "on-failure" as const),
      max_retries: maybe(fc.integer({ min: 1, max: 9 })),
    }),
  ),
  stop_config: maybe(fc.record({ signal: fc.constant("SIGTERM" as const), timeout: seconds })),
  metadata: maybe(map),
});

/** How a vendor's server may write the same config: choices, one per place where there is one, come from `pick`. */
export function asAnswered(config: object, pick: () => number): unknown {
  return answered(config, "", pick);
}

function answered(value: unknown, key: string, pick: () => number): unknown {
  if (key === "autostop") return value === "off" ? false : value === "stop" ? true : value;
  if (["interval", "timeout", "grace_period"].includes(key))
    return otherSpelling(Number.parseInt(String(value)), pick());
  if (Array.isArray(value))
    return value.length === 0 && pick() === 0 ? null : value.map((item) => answered(item, "", pick));
  if (typeof value !== "object" || value === null) return value;
  const isMap = key === "env" || key === "metadata";
  const entries = Object.entries(value).flatMap(([inner, item]): [string, unknown][] => {
    if (item === undefined) return pick() === 0 ? [] : [[inner, null]];
    return [[inner, isMap ? item : answered(item, inner, pick)]];
  });
  if (pick() === 0) entries.reverse();
  return Object.fromEntries([
    ...entries,
    ...(key === "" && "image" in value
      ? [
          ["init", initOf(value)],
          ["dns", {}],
        ]
      : []),
  ]);
}

function initOf(config: object): unknown {
  return (config as MachineConfig).init ?? {};
}

/** Go's own print of a duration, the plain seconds, or nanoseconds. */
function otherSpelling(count: number, choice: number): unknown {
  if (choice === 0) return count * 1e9;
  if (choice === 1) return `${count}s`;
  const [hours, minutes, rest] = [Math.floor(count / 3600), Math.floor((count % 3600) / 60), count % 60];
  return hours > 0 ? `${hours}h${minutes}m${rest}s` : minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
