import type { MachineConfig } from "../config.ts";
import type { Launch } from "../runner.ts";
import type { Image } from "./images.ts";
import type { Identity } from "./image-user.ts";

/** Where a machine finds the programs that its root has not in the usual places. */
export const PROGRAMS = "/opt/tenantry/bin";

/**
 * What the machine's main process gets as its environment: exactly this, nothing of the host's. A secret wins over a plain
 * variable of the same name, which Fly leaves open.
 *
 * @param port where machines share 127.0.0.1: which port to take there. Fly sets neither PORT nor HOST.
 */
export function environmentOf(
  launch: Launch,
  image: Image,
  { home }: Identity,
  port: number | undefined,
): Record<string, string> {
  const { machine, app, config, secrets } = launch;
  const programs = "root" in image ? "" : `${PROGRAMS}:`;
  return {
    PATH: `${programs}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: home,
    TERM: "linux",
    ...(port === undefined ? {} : { HOST: "127.0.0.1" }),
    ...image.env,
    FLY_APP_NAME: app.name,
    FLY_MACHINE_ID: machine.id,
    FLY_ALLOC_ID: machine.id,
    FLY_MACHINE_VERSION: machine.instanceId,
    FLY_REGION: machine.region,
    FLY_PRIVATE_IP: machine.privateIp,
    FLY_IMAGE_REF: config.image,
    FLY_PROCESS_GROUP: config.metadata?.["fly_process_group"] ?? "app",
    FLY_VM_MEMORY_MB: String(config.guest?.memory_mb ?? 256),
    PRIMARY_REGION: machine.region,
    ...config.env,
    ...Object.fromEntries(secrets),
    ...(port === undefined ? {} : { PORT: String(port) }),
  };
}

/**
 * What runs in the machine: Fly's rules of overriding ENTRYPOINT and CMD (spec `fly.MachineInit`).
 *
 * @param entrypoint of an image that is only files
 */
export function commandOf({ init = {} }: MachineConfig, image: Image, entrypoint: string): string[] {
  const own = "root" in image ? image.entrypoint : [entrypoint];
  return init.exec ?? [...(init.entrypoint ?? own), ...(init.cmd ?? image.command)];
}

/** The port of the machine's app by its config; if machines share 127.0.0.1, the real port differs. */
export function appPort({ services = [], checks = {} }: MachineConfig): number | undefined {
  return services[0]?.internal_port ?? Object.values(checks).find(({ port }) => port !== undefined)?.port;
}
