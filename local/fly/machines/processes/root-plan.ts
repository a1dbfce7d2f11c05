import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { invalidArgument } from "../../refusal.ts";
import type { MachineConfig } from "../config.ts";
import type { Launch } from "../runner.ts";
import { PROGRAMS } from "./environment.ts";
import type { Image } from "./images.ts";
import type { Programs } from "./means.ts";
import { placeIn } from "./place-in-root.ts";

/** What a machine's root is made from, beside its config. */
export interface Material {
  /** Where the root is built. Absolute. */
  readonly folder: string;
  readonly image: Image;
  readonly programs: Programs;
  /** The folder of the entrypoint. */
  readonly container: string;
  /** Where volumes lie, each below its id. */
  readonly volumes: string;
  /** The file that is its /etc/hosts. */
  readonly hosts: string;
}

/** Where the entrypoint's folder is in the machine. */
export const CONTAINER = "/opt/tenantry/container";

const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** Of the host's /etc what programs need to run, and nothing that is anybody's own. */
const ETC =
  "resolv.conf nsswitch.conf host.conf gai.conf protocols services ld.so.cache ld.so.conf ld.so.conf.d ssl " +
  "ca-certificates ca-certificates.conf pki localtime timezone mime.types os-release fuse.conf alternatives";
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty", "fuse"];
const FOLDERS = ["/tmp", "/var/tmp", "/run", "/root", "/home/app", "/etc", "/dev/shm", "/proc", "/.outside"];
const LINKS = { fd: "/proc/self/fd", stdin: "/proc/self/fd/0", stdout: "/proc/self/fd/1", stderr: "/proc/self/fd/2" };

/** Something of this host that is to be seen in the machine. */
interface Shown {
  readonly from: string;
  readonly to: string;
  readonly how: "bind,ro" | "bind";
}

/** What a root is made on. */
interface RootBase {
  /** Where the root is built: the folder given, or one in it. */
  readonly folder: string;
  /** Lines that are to come first. */
  readonly first: readonly string[];
  readonly shown: readonly Shown[];
  readonly folders: readonly string[];
  /** Lines for when all folders are there. */
  readonly last: readonly string[];
  /** The real place of a machine's path in the root. */
  place(path: string): string;
}

/**
 * A machine's root as `root.sh` builds it, in lines of shell with few programs, for each costs a millisecond and more: what
 * its image gives it, the volumes, the config's `files`, and nothing else of this host. It goes through a pipe, for `files`
 * may be secret. Throws a 400 for what cannot be.
 */
export function rootPlan({ machine, config, secrets }: Launch, material: Material): string {
  const { image } = material;
  const base = "root" in image ? onImage(image.root, material) : onSystem(image.files, material);
  const shown: Shown[] = [
    ...base.shown,
    ...DEVICES.map((name): Shown => ({ from: `/dev/${name}`, to: `/dev/${name}`, how: "bind" })),
    ...(config.mounts ?? []).map(({ volume = "", path = "" }): Shown => ({
      from: volumeFolder(material.volumes, volume),
      to: path,
      how: "bind",
    })),
  ].map((each) => ({ ...each, to: base.place(each.to) }));
  const files = (config.files ?? []).map((file) => {
    const written = configFile(file, secrets, shown);
    return { ...written, path: base.place(written.path) };
  });
  const points = shown.map(({ from, to }) => ({ to, isFolder: statSync(from).isDirectory() }));
  const folders = [
    ...base.folders,
    ...points.map(({ to, isFolder }) => (isFolder ? to : dirname(to))),
    ...files.map(({ path }) => dirname(path)),
  ];
  return [
    ...base.first,
    `echo ${quoted(machine.id)} >/proc/sys/kernel/hostname`,
    `mkdir -p ${[...new Set(folders)].map(inRoot).join(" ")}`,
    ...points.filter(({ isFolder }) => !isFolder).map(({ to }) => `[ -e ${inRoot(to)} ] || : >${inRoot(to)}`),
    ...Object.entries(LINKS).map(([name, target]) => `ln -sfn ${target} dev/${name}`),
    ...base.last,
    ...files.map(written),
    ...files.map(({ path, mode }) => `chmod ${mode} ${inRoot(path)}`),
    "chmod 1777 dev/shm",
    written({ path: "/.fstab", content: Buffer.from(fstab(shown, base.folder)) }),
    "",
  ].join("\n");
}

/** This computer's programs, read-only, and the files that a list names for the image. */
function onSystem(files: Readonly<Record<string, string>>, material: Material): RootBase {
  const system = SYSTEM.filter((path) => existsSync(path));
  const links = system.filter((path) => lstatSync(path).isSymbolicLink());
  return {
    folder: material.folder,
    first: [],
    place: (path) => path,
    shown: [
      ...system
        .filter((path) => !links.includes(path))
        .map((path): Shown => ({ from: path, to: path, how: "bind,ro" })),
      ...ETC.split(" ")
        .map((name) => `/etc/${name}`)
        .filter((path) => existsSync(path))
        .map((path): Shown => ({ from: realpathSync(path), to: path, how: "bind,ro" })),
      { from: material.hosts, to: "/etc/hosts", how: "bind,ro" },
      ...[...material.programs].map(([name, path]): Shown => ({
        from: path,
        to: join(PROGRAMS, name),
        how: "bind,ro",
      })),
      { from: material.container, to: CONTAINER, how: "bind,ro" },
      ...Object.entries(files).map(([to, from]): Shown => ({ from, to, how: "bind,ro" })),
    ],
    folders: FOLDERS,
    last: [
      ...links.map((path) => `ln -s ${quoted(readlinkSync(path))} ${inRoot(path)}`),
      ...users().map(written),
      "chmod 1777 tmp var/tmp",
      "chmod 700 root home/app",
      `chown ${APP} home/app`,
    ],
  };
}

/** An image's own root. The machine's writes are in memory above it and are lost at its end, as at Fly. */
function onImage(root: string, { folder, hosts }: Material): RootBase {
  const [upper, work, merged] = [".upper", ".work", ".root"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const layers = `lowerdir=${layer(root)},upperdir=${layer(upper)},workdir=${layer(work)}`;
  return {
    folder: merged,
    first: [
      "mkdir .upper .work .root",
      `mount -t overlay tenantry -o ${quoted(layers)} ${quoted(merged)}`,
      "cd .root",
      "[ -e tmp ] || mkdir -m 1777 tmp",
    ],
    place: (path) => placeIn(root, path),
    // Fly writes both anew in every machine.
    shown: [
      { from: hosts, to: "/etc/hosts", how: "bind,ro" },
      ...["/etc/resolv.conf"]
        .filter((path) => existsSync(path))
        .map((path): Shown => ({ from: realpathSync(path), to: path, how: "bind,ro" })),
    ],
    folders: ["/dev/shm", "/proc", "/run", "/etc"].map((path) => placeIn(root, path)),
    last: [],
  };
}

/** A path among overlayfs' options. */
function layer(path: string): string {
  return path.replaceAll(/[\\:,]/g, (char) => `\\${char}`);
}

function volumeFolder(volumes: string, id: string): string {
  const folder = join(volumes, id);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** The user `app` of container/Dockerfile. */
const APP = "1000:1000";

/** That user beside the system's own. */
function users() {
  const without = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").replaceAll(/^app:.*\n/gm, "") : "");
  const user = `app:x:${APP}::/home/app:/usr/sbin/nologin\n`;
  return [
    { path: "/etc/passwd", content: Buffer.from(`${without("/etc/passwd")}${user}`) },
    { path: "/etc/group", content: Buffer.from(`${without("/etc/group")}app:x:1000:\n`) },
  ];
}

function configFile(
  { guest_path: path = "", raw_value, secret_name, mode = 0o644 }: NonNullable<MachineConfig["files"]>[number],
  secrets: ReadonlyMap<string, string>,
  shown: readonly Shown[],
) {
  // Of an `image_config` there is none here. The value of a secret that is to become a file has to be base64 itself.
  const value = raw_value ?? (secret_name === undefined ? undefined : secrets.get(secret_name));
  if (value === undefined) throw invalidArgument(`config.files: there is nothing to write to ${path}`);
  const over = shown.find(({ to }) => `${path}/`.startsWith(`${to}/`));
  if (over !== undefined)
    throw invalidArgument(`config.files: ${path} lies in ${over.to}, which is not the machine's own here`);
  return { path, content: Buffer.from(value, "base64"), mode: mode.toString(8) };
}

/** By the shell itself: no program's arguments show it. */
function written({ path, content }: { path: string; content: Buffer }): string {
  const bytes = [...content].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `printf '${bytes}' >${inRoot(path)}`;
}

function fstab(shown: readonly Shown[], folder: string): string {
  const field = (text: string) =>
    text.replaceAll(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
  const binds = shown.map(({ from, to, how }) => `${field(from)} ${field(join(folder, to))} none ${how} 0 0\n`);
  return [...binds, `proc ${field(join(folder, "proc"))} proc defaults 0 0\n`].join("");
}

function inRoot(path: string): string {
  return quoted(`.${path}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
