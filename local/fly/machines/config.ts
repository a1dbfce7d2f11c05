import * as z from "zod";

import { formatDuration, parseDuration } from "../go-duration.ts";
import { invalidArgument } from "../refusal.ts";
import { withoutNulls } from "../without-nulls.ts";
import { completeGuest, wrongGuest } from "./guest.ts";

// The config object of a machine (spec `fly.MachineConfig`; fly-go machine_types.go for what the spec lacks). Keys that
// Fly does not know are dropped in silence, which is what zod does with them by default.

const text = z.string();
const int = z.int();
const uint = z.int().min(0);
const texts = z.array(text);
const textMap = z.record(text, text);

/** A Go duration, or nanoseconds; read back as Go prints it, "120s" as "2m0s" (fly-go `Duration`). */
const duration = z.union([text, int]).transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return formatDuration(milliseconds);
  context.addIssue({ code: "custom", message: `invalid duration ${JSON.stringify(value)}` });
  return z.NEVER;
});

/** "off" and "stop" are read back as booleans; only "suspend" stays a word (fly-go `MachineAutostop`). */
const autostop = z
  .union([z.boolean(), z.enum(["off", "stop", "suspend"])])
  .transform((value) => (value === "off" ? false : value === "stop" ? true : value));

export const STOP_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM"] as const;
export const stopSignal = z.enum(STOP_SIGNALS);
/** The signals that Fly can send to a machine (spec `SignalRequest`). */
export const anySignal = z.enum([
  ...STOP_SIGNALS,
  "SIGABRT",
  "SIGALRM",
  "SIGFPE",
  "SIGILL",
  "SIGPIPE",
  "SIGSEGV",
  "SIGTRAP",
]);
export type Signal = z.infer<typeof anySignal>;

const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape).partial();

const header = object({ name: text, values: texts });
const check = object({
  type: z.enum(["tcp", "http"]),
  port: int,
  interval: duration,
  timeout: duration,
  grace_period: duration,
  method: text,
  path: text,
  protocol: text,
  headers: z.array(header),
  tls_skip_verify: z.boolean(),
  tls_server_name: text,
});
const port = object({
  port: int,
  start_port: int,
  end_port: int,
  handlers: texts,
  force_https: z.boolean(),
  tls_options: object({ alpn: texts, versions: texts, default_self_signed: z.boolean() }),
  proxy_proto_options: object({ version: text }),
  http_options: object({
    compress: z.boolean(),
    h2_backend: z.boolean(),
    idle_timeout: int,
    headers_read_timeout: int,
    response: object({ headers: z.record(text, z.unknown()), pristine: z.boolean() }),
    replay_cache: z.array(
      object({
        path_prefix: text,
        ttl_seconds: int,
        type: z.enum(["cookie", "header"]),
        name: text,
        allow_bypass: z.boolean(),
      }),
    ),
  }),
});
const service = object({
  protocol: z.enum(["tcp", "udp"]),
  internal_port: int.min(1).max(65535),
  autostop,
  autostart: z.boolean(),
  min_machines_running: uint,
  ports: z.array(port),
  checks: z.array(check),
  concurrency: object({ type: z.enum(["connections", "requests"]), soft_limit: uint, hard_limit: uint }),
  force_instance_key: text,
  force_instance_description: text,
}).required({ protocol: true, internal_port: true });

const environmentFrom = object({
  env_var: text,
  field_ref: z.enum(["id", "version", "app_name", "private_ip", "region", "image"]),
});
const secretReference = object({ env_var: text, name: text });
const file = object({ guest_path: text, raw_value: text, secret_name: text, image_config: text, mode: uint });
const restart = object({
  policy: z.enum(["no", "always", "on-failure", "spot-price"]),
  max_retries: uint,
  gpu_bid_price: z.number(),
});
const stopConfig = object({ signal: stopSignal, timeout: duration });
const process = object({
  exec: texts,
  entrypoint: texts,
  cmd: texts,
  user: text,
  env: textMap,
  env_from: z.array(environmentFrom),
  secrets: z.array(secretReference),
  ignore_app_secrets: z.boolean(),
});
const healthcheck = object({
  name: text,
  kind: z.enum(["readiness", "liveness"]),
  unhealthy: z.literal("stop"),
  interval: int,
  timeout: int,
  grace_period: int,
  success_threshold: int,
  failure_threshold: int,
  http: object({
    port: int,
    method: text,
    path: text,
    scheme: z.enum(["http", "https"]),
    headers: z.array(header),
    tls_skip_verify: z.boolean(),
    tls_server_name: text,
  }),
  tcp: object({ port: int }),
  exec: object({ command: texts }),
});
const container = object({
  name: text,
  image: text,
  exec: texts,
  entrypoint: texts,
  cmd: texts,
  user: text,
  env: textMap,
  env_from: z.array(environmentFrom),
  secrets: z.array(secretReference),
  files: z.array(file),
  restart,
  stop: stopConfig,
  depends_on: z.array(object({ name: text, condition: z.enum(["started", "healthy", "exited_successfully"]) })),
  healthchecks: z.array(healthcheck),
  mounts: z.array(object({ name: text, path: text })),
});
const guest = object({
  cpu_kind: text,
  cpus: int,
  memory_mb: int,
  max_memory_mb: int,
  gpus: int,
  gpu_kind: text,
  host_dedication_id: text,
  kernel_args: texts,
  persist_rootfs: z.enum(["never", "always", "restart"]),
});

const configSchema = object({
  image: text.min(1),
  env: textMap,
  init: object({
    exec: texts,
    entrypoint: texts,
    cmd: texts,
    tty: z.boolean(),
    swap_size_mb: uint,
    kernel_args: texts,
  }),
  guest,
  metadata: textMap,
  mounts: z.array(
    object({
      volume: text,
      path: text,
      name: text,
      encrypted: z.boolean(),
      size_gb: int,
      extend_threshold_percent: int,
      add_size_gb: int,
      size_gb_limit: int,
    }),
  ),
  services: z.array(service),
  metrics: object({ port: int, path: text, https: z.boolean() }),
  checks: z.record(text, check.extend({ kind: z.enum(["informational", "readiness"]).optional() })),
  statics: z.array(object({ guest_path: text, url_prefix: text, tigris_bucket: text, index_document: text })),
  files: z.array(file),
  schedule: text,
  auto_destroy: z.boolean(),
  restart,
  dns: object({
    skip_registration: z.boolean(),
    nameservers: texts,
    searches: texts,
    options: z.array(object({ name: text, value: text })),
    dns_forward_rules: z.array(object({ basename: text, addr: text })),
    hostname: text,
    hostname_fqdn: text,
  }),
  processes: z.array(process),
  standbys: texts,
  stop_config: stopConfig,
  containers: z.array(container),
  volumes: z.array(
    object({
      name: text,
      image: text,
      temp_dir: object({ storage_type: z.enum(["disk", "memory"]), size_mb: uint }),
    }),
  ),
  rootfs: object({ persist: z.enum(["never", "always", "restart"]), size_gb: uint }),
  cache_drive: object({ size_mb: uint }),
  disable_machine_autostart: z.boolean(),
}).required({ image: true });

/** A machine's config as Fly answers it. */
export type MachineConfig = z.infer<typeof configSchema>;

/** Reads the `config` of a create or update: what Fly refuses throws, what it changes is changed. */
export const machineConfig = z
  .preprocess(withoutNulls, configSchema)
  .transform((config): MachineConfig => ({ ...config, init: config.init ?? {}, guest: completeGuest(config.guest) }));

/** The rules that go beyond the form. Throws a 400. */
export function checkConfig(config: MachineConfig): void {
  const wrong = wrongGuest(config.guest ?? {}) ?? wrongRest(config);
  if (wrong !== undefined) throw invalidArgument(wrong);
}

const SCHEDULES = ["hourly", "daily", "weekly", "monthly"];

function wrongRest(config: MachineConfig): string | undefined {
  const { mounts = [], files = [], services = [], schedule, standbys = [] } = config;
  if (mounts.length > 1) return "config.mounts: only one volume per machine is supported";
  if (mounts.some((mount) => mount.volume === undefined || mount.path === undefined)) {
    return "config.mounts: volume and path are required";
  }
  if (schedule !== undefined && !SCHEDULES.includes(schedule)) return `config.schedule '${schedule}' is invalid`;
  if (standbys.length > 0 && services.length > 0) return "config.standbys: not allowed on a machine with services";
  for (const { guest_path = "", raw_value, secret_name, image_config } of files) {
    if (!guest_path.startsWith("/")) return "config.files: guest_path must be absolute";
    if ([raw_value, secret_name, image_config].filter((source) => source !== undefined).length !== 1) {
      return `config.files: ${guest_path} needs exactly one of raw_value, secret_name, image_config`;
    }
  }
  return undefined;
}
