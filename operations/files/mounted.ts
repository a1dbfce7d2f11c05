import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { filesErrors } from "./errors.ts";
import { type BucketAccess, accessEnvironment } from "./key-forms.ts";

const ENTRYPOINT = join(import.meta.dirname, "../../container/entrypoint.sh");
const POLL_MS = 50;

// The machine's entrypoint does here what it does there, with an app that only waits, and that ends without an error. It
// says when it is ready: a signal that comes before that could be lost on its way through the programs that start it.
const WAITING_APP = 'trap \'kill "$waiting"; exit 0\' TERM; sleep infinity & waiting=$!; : >"$STATE_DIR/ready"; wait';
const KEEPER = 'echo $$ >"$1/keeper"; "$2" sh -c "$3" & echo $! >"$1/entrypoint"; wait $!; echo $? >"$1/exit"';

/** How a computer's mount differs from a machine's. */
const ON_A_COMPUTER = {
  // A line that has gone silent costs a reader 2 tries of TigrisFS's 30 s, 4 where the file is open already, not 20 of them. Those 30 s hold for
  // a whole request, so that less of them would keep slow lines from uploading.
  TIGRISFS_READ_RETRY_ATTEMPTS: "2",
  TIGRISFS_SDK_MAX_RETRIES: "0",
  TIGRISFS_PRINT_STATS: "0",
  // TigrisFS does not answer while it waits for such a line, and is no reason to end it.
  MOUNT_HUNG_SECONDS: "600",
  // What a slow line has not uploaded yet must not be given up for a limit that was made for machines.
  STOP_FLUSH_SECONDS: "900",
  // Nobody's shell or editor is ended because it has the folder open.
  SPARE_OTHERS: "yes",
} as const;

/** Of the caller's environment: where programs are, how a company's network is left, and the caller's own options. */
const PASSED_ON =
  /^(?:PATH|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|SSL_CERT_(?:FILE|DIR)|TIGRISFS_[A-Z0-9_]+|STOP_FLUSH_SECONDS)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** A folder that `tenantry mount` mounts a bucket on, whether it is mounted at the moment or not. */
export interface MountPlace {
  /** The folder, absolute and without links. */
  readonly dir: string;
  /** Where the mount's log and process ids are kept. */
  readonly stateDir: string;
}

/** The place for `folder`. The folder itself is not looked at: below a mount that hangs, a look would hang too. */
export function mountPlace(home: string, folder: string): MountPlace {
  const absolute = resolve(folder);
  const dir = existsSync(dirname(absolute)) ? join(realpathSync(dirname(absolute)), basename(absolute)) : absolute;
  const digest = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  return { dir, stateDir: join(home, "mounts", digest) };
}

/** Throws MOUNT_NOT_HERE and MOUNT_PROGRAM_MISSING. */
export function refuseWhereNothingMounts(platform: string, env: Environment): void {
  if (platform !== "linux") throw new TenantryError(filesErrors.MOUNT_NOT_HERE, `this is ${platform}`);
  const folders = (env["PATH"] ?? "").split(delimiter);
  const missing = ["tigrisfs", "fusermount3"].filter(
    (program) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  if (missing.length > 0)
    throw new TenantryError(filesErrors.MOUNT_PROGRAM_MISSING, `not on PATH: ${missing.join(", ")}`);
}

/** Throws MOUNT_FOLDER_IN_USE unless the folder is empty or absent, and nothing is mounted there. */
export function refuseFolderInUse({ dir }: MountPlace): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  if (mounts.some((line) => line.split(" ")[1] === asListed(dir)))
    throw new TenantryError(filesErrors.MOUNT_FOLDER_IN_USE, `something is mounted at ${dir}`);
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new TenantryError(filesErrors.MOUNT_FOLDER_IN_USE, `${dir} is not empty`);
}

/**
 * Mounts the bucket in the background and waits until it answers.
 * Throws KEY_READ_ONLY (TigrisFS would take writes that it can never upload) and MOUNT_FAILED.
 */
export async function mount(
  access: BucketAccess,
  { dir, stateDir }: MountPlace,
  { readOnly, env }: { readOnly: boolean; env: Environment },
): Promise<void> {
  const { key, tenant } = access;
  if (key.mode === "read-only" && !readOnly)
    throw new TenantryError(filesErrors.KEY_READ_ONLY, `the key ${key.name} is read-only`, { tenant });
  rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(stateDir, "mode"), readOnly ? "read-only" : "read-write");
  const log = openSync(join(stateDir, "log"), "w", 0o600);
  const keeper = spawn("sh", ["-c", KEEPER, "tenantry-mount", stateDir, ENTRYPOINT, WAITING_APP], {
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      ...access.tigrisfs,
      ...ON_A_COMPUTER,
      ...Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name))),
      ...(readOnly ? { TIGRISFS_READ_ONLY: "true" } : {}),
      ...accessEnvironment(access),
      TENANT: tenant,
      MOUNT_PATH: dir,
      STATE_DIR: stateDir,
    },
  });
  closeSync(log);
  keeper.unref();
  const place = { dir, stateDir };
  const hasEnded = () => textIn(place, "exit") !== "";
  while (!existsSync(join(stateDir, "ready")) && !hasEnded()) await sleep(POLL_MS);
  if (hasEnded()) {
    const said = [`${key.bucket} at ${dir}`, ...saidAt(place), `all that was said: ${join(stateDir, "log")}`];
    throw new TenantryError(filesErrors.MOUNT_FAILED, said.join("\n  "), { tenant });
  }
}

/** Whether a mount of ours is alive there. */
export function isMounted(place: MountPlace): boolean {
  const keeper = textIn(place, "keeper");
  // A process id that the system has given to somebody else has not our folder in its environment.
  return keeper !== "" && environmentOf(keeper).includes(`STATE_DIR=${place.stateDir}`);
}

/** Resolves when the mount has ended, by whatever. */
export async function untilEnded(place: MountPlace): Promise<void> {
  while (isMounted(place)) await sleep(POLL_MS);
}

/**
 * Uploads what is left, unmounts, and waits for the end. Answers how the folder was mounted. Throws MOUNT_UNKNOWN and
 * MOUNT_NOT_FLUSHED.
 */
export async function unmount(place: MountPlace): Promise<"read-only" | "read-write"> {
  if (!isMounted(place)) throw new TenantryError(filesErrors.MOUNT_UNKNOWN, `no mount at ${place.dir}`);
  process.kill(Number(textIn(place, "entrypoint")), "SIGTERM");
  await untilEnded(place);
  refuseUnflushed(place);
  const mode = textIn(place, "mode") === "read-only" ? "read-only" : "read-write";
  rmSync(place.stateDir, { recursive: true, force: true });
  return mode;
}

/** Throws MOUNT_NOT_FLUSHED when the mount that has ended may have left something behind; a read-only one can't. */
export function refuseUnflushed(place: MountPlace): void {
  if (textIn(place, "exit") === "0" || textIn(place, "mode") === "read-only") return;
  const said = [place.dir, ...saidAt(place), `all that was said: ${join(place.stateDir, "log")}`];
  throw new TenantryError(filesErrors.MOUNT_NOT_FLUSHED, said.join("\n  "));
}

/** Throws MOUNT_BUSY while a process has the folder open or works in it. */
export function refuseBusy(place: MountPlace): void {
  const holders = holdersOf(place);
  if (holders.length > 0) throw new TenantryError(filesErrors.MOUNT_BUSY, `${place.dir}: ${holders.join(", ")}`);
}

/** Processes that work in the folder or have something below it open, as "name (pid)"; only links are read. */
function holdersOf({ dir, stateDir }: MountPlace): string[] {
  const isBelow = (path: string) => path === dir || path.startsWith(`${dir}/`);
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const holding = pids.filter((pid) => heldBy(pid).some(isBelow));
  return holding
    .filter((pid) => !environmentOf(pid).includes(`STATE_DIR=${stateDir}`))
    .map((pid) => `${readOr(`/proc/${pid}/comm`).trim()} (${pid})`);
}

function heldBy(pid: string): string[] {
  const links = [`/proc/${pid}/cwd`, `/proc/${pid}/root`, `/proc/${pid}/exe`];
  try {
    links.push(...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`));
  } catch {
    // It has ended meanwhile, or is somebody else's.
  }
  return links.flatMap((link) => {
    try {
      return [readlinkSync(link)];
    } catch {
      return [];
    }
  });
}

function environmentOf(pid: string): string[] {
  return readOr(`/proc/${pid}/environ`).split("\0");
}

/** What the entrypoint has said, without TigrisFS's own lines: they are many, and in its log. */
function saidAt(place: MountPlace): string[] {
  return [...textIn(place, "log").matchAll(/^tenantry: (.*)$/gm)].map(([, line = ""]) => line);
}

function textIn({ stateDir }: MountPlace, name: string): string {
  return readOr(join(stateDir, name)).trim();
}

/** "" when the file is not there, or not ours to read. */
function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A folder as the kernel writes it in its list of mounts. */
function asListed(dir: string): string {
  return dir.replaceAll(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
