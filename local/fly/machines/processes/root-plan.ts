import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

import { invalidArgument } from "../../refusal.ts";
import type { MachineConfig } from "../config.ts";
import type { Launch } from "../runner.ts";
import { PROGRAMS } from "./environment.ts";
import type { Image } from "./images.ts";
import type { Programs } from "./means.ts";

/** What a machine's root is made from, beside its config. */
export interface Material {
  readonly image: Image;
  readonly programs: Programs;
  /** The folder of the entrypoint. */
  readonly container: string;
  /** Where volumes lie, each below its id. */
  readonly volumes: string;
}

/** Where the entrypoint's folder stands in the machine. */
export const CONTAINER = "/opt/tenantry/container";

const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** Of the host's /etc what programs need to run, and nothing that is anybody's own. */
const ETC =
  "hosts resolv.conf nsswitch.conf host.conf gai.conf protocols services ld.so.cache ld.so.conf ld.so.conf.d ssl " +
  "ca-certificates ca-certificates.conf pki localtime timezone mime.types os-release fuse.conf alternatives";
/** Mode, owner, place. */
const FOLDERS = [
  "1777 0:0 /tmp",
  "1777 0:0 /var/tmp",
  "755 0:0 /run",
  "700 0:0 /root",
  "755 0:0 /home",
  "700 1000:1000 /home/app",
  "755 0:0 /etc",
  "755 0:0 /dev",
  "1777 0:0 /dev/shm",
];
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty", "fuse"];

/**
 * A machine's root as `root.sh` reads it: the system's programs read-only, the image's files, the volumes, the config's
 * `files`, and nothing else of this host. It goes through a pipe, for `files` may be secret. Throws for what cannot be.
 */
export function rootPlan({ machine, config, secrets }: Launch, material: Material): Buffer {
  const { image, programs, container, volumes } = material;
  const lines = [
    ["hostname", machine.id],
    ...FOLDERS.map((each) => ["folder", ...each.split(" ")]),
    ...SYSTEM.filter((path) => existsSync(path)).map((path) =>
      lstatSync(path).isSymbolicLink() ? ["link", readlinkSync(path), path] : ["show", path, path],
    ),
    ...ETC.split(" ")
      .map((name) => `/etc/${name}`)
      .filter((path) => existsSync(path))
      .map((path) => ["show", realpathSync(path), path]),
    ...DEVICES.map((name) => ["device", `/dev/${name}`, `/dev/${name}`]),
    ["link", "/proc/self/fd", "/dev/fd"],
    ["link", "/proc/self/fd/0", "/dev/stdin"],
    ["link", "/proc/self/fd/1", "/dev/stdout"],
    ["link", "/proc/self/fd/2", "/dev/stderr"],
    ...[...programs].map(([name, path]) => ["show", path, join(PROGRAMS, name)]),
    ["show", container, CONTAINER],
    ...Object.entries(image.files).map(([inside, here]) => ["show", here, inside]),
    ...(config.mounts ?? []).map(({ volume = "", path = "" }) => ["share", volumeFolder(volumes, volume), path]),
  ];
  const wrong = lines.flat().find((word) => word === "" || /[\t\n]/.test(word));
  if (wrong !== undefined) throw invalidArgument(`a path of the machine is empty or has a tab or newline in it`);
  return Buffer.concat([
    ...lines.map((words) => Buffer.from(`${words.join("\t")}\n`)),
    ...users(),
    ...(config.files ?? []).map((each) => configFile(each, secrets)),
  ]);
}

function volumeFolder(volumes: string, id: string): string {
  const folder = join(volumes, id);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** The Dockerfile's user `app` beside the system's own. */
function users(): Buffer[] {
  const without = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").replaceAll(/^app:.*\n/gm, "") : "");
  return [
    file("644", "/etc/passwd", Buffer.from(`${without("/etc/passwd")}app:x:1000:1000::/home/app:/usr/sbin/nologin\n`)),
    file("644", "/etc/group", Buffer.from(`${without("/etc/group")}app:x:1000:\n`)),
  ];
}

function configFile(
  { guest_path: path = "", raw_value, secret_name, mode = 0o644 }: NonNullable<MachineConfig["files"]>[number],
  secrets: ReadonlyMap<string, string>,
): Buffer {
  // Of an `image_config` there is none here. The value of a secret that is to become a file has to be base64 itself.
  const value = raw_value ?? (secret_name === undefined ? undefined : secrets.get(secret_name));
  if (value === undefined) throw invalidArgument(`config.files: there is nothing to write to ${path}`);
  if (/[\t\n]/.test(path)) throw invalidArgument("config.files: a guest_path has a tab or newline in it");
  return file(mode.toString(8), path, Buffer.from(value, "base64"));
}

function file(mode: string, path: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`file\t${mode}\t${content.length}\t${path}\n`), content]);
}
