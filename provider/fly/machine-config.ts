import * as z from "zod";

import { Unknown } from "../plugin/unknown.ts";
import { GO_DURATION, oneSpelling } from "./go-duration.ts";
import { MARKS } from "./machine-marks.ts";

// The part of Fly's `fly.MachineConfig` that tenantry emits, closed: Fly silently ignores unknown keys, so a misspelt key
// would have no effect.

const duration = z.string().regex(GO_DURATION, "expected a duration like 15s or 1m30s");
const port = z.int().min(1).max(65_535);
const words = z.array(z.string());

const header = z.strictObject({ name: z.string(), values: words });

const checkFields = {
  type: z.enum(["http", "tcp"]).describe("What is tried: an HTTP request that has to answer 2xx, or a TCP connection."),
  port: port.optional().describe("Port in the machine. Default for a service's check: the service's."),
  interval: duration.describe("Time between two tries, like 15s."),
  timeout: duration.describe("Time one try may take, like 5s."),
  grace_period: duration.optional().describe("Time after the start in which failures do not count, like 30s."),
  method: z.string().optional().describe("HTTP method. Default: GET."),
  path: z.string().optional().describe("HTTP path. Default: /."),
  protocol: z.enum(["http", "https"]).optional().describe("Default: http."),
  headers: z.array(header).optional(),
  tls_skip_verify: z.boolean().optional().describe("Accept any certificate. Default: false."),
  tls_server_name: z.string().optional(),
};

const check = z.strictObject({
  ...checkFields,
  kind: z
    .enum(["informational", "readiness"])
    .optional()
    .describe("readiness: Fly's proxy sends no requests while the check fails. informational: it is only shown."),
});

const servicePort = z.strictObject({
  port: port.describe("Port at Fly's edge."),
  handlers: z.array(z.string()).optional().describe("http, tls, tcp, pg_tls or proxy_proto, the outermost first."),
  force_https: z.boolean().optional().describe("Redirect http to https. Default: false."),
});

const service = z.strictObject({
  protocol: z.enum(["tcp", "udp"]),
  internal_port: port.describe("Port in the machine that the app listens on."),
  autostart: z.boolean().describe("Whether a request starts a stopped machine."),
  autostop: z.enum(["off", "stop", "suspend"]).describe("What becomes of a machine without requests."),
  min_machines_running: z.int().min(0).optional().describe("In the primary region. Default: 0."),
  ports: z.array(servicePort).optional(),
  concurrency: z
    .strictObject({
      type: z.enum(["connections", "requests"]),
      soft_limit: z.int().min(1).optional().describe("Above it other machines are preferred. Default at Fly: 20."),
      hard_limit: z.int().min(1).optional().describe("Above it nothing is sent. Default at Fly: none."),
    })
    .optional(),
  checks: z.array(z.strictObject(checkFields)).optional(),
});

const file = z
  .strictObject({
    guest_path: z.string().startsWith("/").describe("Absolute path in the machine."),
    raw_value: z.base64().optional().describe("The content in base64. Not for secrets: it can be read back."),
    secret_name: z.string().optional().describe("Name of a secret of the app whose value is itself base64."),
    mode: z.int().min(0).optional().describe("Permission bits as a decimal number: 0400 is 256."),
  })
  .refine(({ raw_value, secret_name }) => (raw_value === undefined) !== (secret_name === undefined), {
    message: "expected exactly one of raw_value and secret_name",
  });

/** The config of a machine as it is declared. Holds no secret: those are the app's, see `tenantry:fly:Secrets`. */
export const machineConfig = z.strictObject({
  image: z.string().min(1).describe("Image reference, best with a digest."),
  guest: z.strictObject({
    cpu_kind: z.enum(["shared", "performance"]),
    cpus: z.int().min(1),
    memory_mb: z.int().min(256).describe("MB; in steps of 256 (shared) or 2048 (performance)."),
  }),
  env: z.record(z.string(), z.string()).optional().describe("Environment variables. Never secrets."),
  init: z
    .strictObject({
      exec: words.optional().describe("Replaces entrypoint and cmd of the image."),
      entrypoint: words.optional(),
      cmd: words.optional(),
      tty: z.boolean().optional().describe("Default: false."),
      swap_size_mb: z.int().min(0).optional().describe("MB of swap; a machine with swap cannot be suspended."),
    })
    .optional(),
  services: z.array(service).optional(),
  checks: z
    .record(z.string(), check)
    .optional()
    .describe("Health checks by name. The machine counts as ready when all pass."),
  restart: z
    .strictObject({
      policy: z.enum(["no", "always", "on-failure"]),
      max_retries: z.int().min(1).optional().describe("Within 5 minutes. Default: 10."),
    })
    .optional()
    .describe("What happens when the main process ends. Default: on-failure, 10 times."),
  stop_config: z
    .strictObject({
      signal: z.enum(["SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM"]),
      timeout: duration.describe("Time from the signal to the kill; at most 300s."),
    })
    .optional()
    .describe("How the machine is stopped. Default at Fly: SIGINT and 5s, too short for a mount to flush."),
  metadata: z
    .record(z.string(), z.string())
    .refine(
      (entries) => !MARKS.some((mark) => mark in entries),
      `the keys ${MARKS.join(" and ")} are reserved for tenantry`,
    )
    .optional()
    .describe(
      "Tags of the machine, for people and tools. Changing them replaces the config, which restarts the machine.",
    ),
  mounts: z
    .array(z.strictObject({ volume: z.string().describe("Id of the volume."), path: z.string().startsWith("/") }))
    .max(1, "expected at most one volume: Fly allows no more")
    .optional(),
  files: z.array(file).optional().describe("Files that are written into the machine before it starts."),
  rootfs: z
    .strictObject({
      persist: z.enum(["never", "always", "restart"]).optional(),
      size_gb: z.int().min(0).optional().describe("GB."),
    })
    .optional(),
});

/** A machine's config in the Machines API's own words. */
export type MachineConfig = z.infer<typeof machineConfig>;

/** The volume that a config mounts, as the machine's input. */
export function volumeOf({ mounts }: MachineConfig): { volume?: string } {
  const volume = mounts?.[0]?.volume;
  return volume === undefined ? {} : { volume };
}

const DURATIONS = new Set([
  ...["interval", "timeout", "grace_period"].flatMap((key) => [`checks.*.${key}`, `services.*.checks.*.${key}`]),
  "stop_config.timeout",
  "containers.*.stop.timeout",
]);

/** Maps whose entries mean something even when they are empty. */
const MAPS = new Set(["env", "metadata", "processes.*.env", "containers.*.env"]);

/** Maps of which the keys are names that somebody chose. */
const NAMED = new Set(["checks"]);

/** What Fly itself writes beside the id of a volume: the volume's, not the machine's. */
const FILLED_IN = new Set(["mounts.*.name", "mounts.*.encrypted", "mounts.*.size_gb"]);

/** What a setting means when it is absent (Fly docs and fly-go): the setting says nothing more. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  auto_destroy: false,
  disable_machine_autostart: false,
  spot: false,
  "init.tty": false,
  "init.swap_size_mb": 0,
  "guest.gpus": 0,
  "guest.persist_rootfs": "never",
  // Go writes 0 for a number that is not set.
  "restart.max_retries": 0,
  "restart.gpu_bid_price": 0,
  "mounts.*.extend_threshold_percent": 0,
  "mounts.*.add_size_gb": 0,
  "mounts.*.size_gb_limit": 0,
  "rootfs.persist": "never",
  "rootfs.size_gb": 0,
  "dns.skip_registration": false,
  "services.*.min_machines_running": 0,
  "services.*.ports.*.force_https": false,
  "services.*.checks.*.tls_skip_verify": false,
  "checks.*.tls_skip_verify": false,
};

const AUTOSTOP = new Map<unknown, string>([
  [false, "off"],
  [true, "stop"],
]);

/** Fly's restart policy when a config names none (Fly docs, "Machine restart policy"). */
const RESTART = { policy: "on-failure", max_retries: 10 };

/**
 * One form for everything that means the same: nulls, empty lists, vendor defaults and what Fly fills in are dropped,
 * durations have one spelling, autostop is a word again. Applied to what is declared and to what Fly answers, so that the two
 * can be compared. A setting that tenantry does not emit is kept: it was set outside tenantry, which is drift.
 */
export function normalised(config: Readonly<Record<string, unknown>>): MachineConfig {
  const tidied = (tidy(config, "") ?? {}) as Record<string, unknown>;
  const restart = tidied["restart"] ?? RESTART;
  return { ...tidied, restart: isObject(restart) ? completeRestart(restart) : restart } as MachineConfig;
}

function completeRestart({ policy = RESTART.policy, ...rest }: Readonly<Record<string, unknown>>): object {
  return policy === RESTART.policy ? { ...RESTART, ...rest } : { policy, ...rest };
}

function tidy(value: unknown, pattern: string): unknown {
  if (value === null || value === undefined || FILLED_IN.has(pattern)) return undefined;
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => tidy(item, `${pattern}.*`) ?? {});
  if (isObject(value)) return tidyObject(value, pattern);
  if (DURATIONS.has(pattern)) return oneSpelling(value);
  if (pattern === "services.*.autostop") return AUTOSTOP.get(value) ?? value;
  return pattern in DEFAULTS && DEFAULTS[pattern] === value ? undefined : value;
}

function tidyObject(object: Readonly<Record<string, unknown>>, pattern: string): unknown {
  const entries = Object.entries(object).flatMap(([key, inner]) => {
    const step = NAMED.has(pattern) ? "*" : key;
    const tidied = MAPS.has(pattern) ? inner : tidy(inner, pattern === "" ? step : `${pattern}.${step}`);
    return tidied === undefined || tidied === null ? [] : [[key, tidied] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof Unknown);
}
