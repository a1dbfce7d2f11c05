import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { tellIfFailed } from "../support/evidence.ts";

export const entrypoint = join(import.meta.dirname, "../../container/entrypoint.sh");

/** What is missing for machines to run; "" where they can. */
export const whyNoMachine = missing() ?? "";
export const machinesRun = whyNoMachine === "";

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can mount";
  if (!existsSync("/dev/fuse")) return "there is no /dev/fuse";
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const absent = ["unshare", "setpriv", "fusermount3", "tigrisfs"].find(
    (program) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  return absent === undefined ? undefined : `${absent} is not on PATH`;
}

/** A machine of a test: the entrypoint as process 1 of mount and process namespaces of its own, as in a container. */
export interface Machine {
  /** What the entrypoint, TigrisFS and the app have written, so far. */
  readonly log: () => string;
  /** Makes an empty file of this name in the machine's STATE_DIR, for an app that waits for it. */
  write(name: string): void;
  /** Process ids, as seen from the test, of what runs in the machine under this name. */
  pidsOf(name: string): number[];
  /** Every process of the machine but `unshare` itself. */
  pids(): number[];
  /** To the entrypoint, as Fly's init would. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the log says this, or the entrypoint has ended. */
  says(text: string | RegExp): Promise<void>;
  /** The entrypoint's exit code. */
  readonly ended: Promise<number>;
  /** kill -9 of everything, and its folder is removed. Safe to repeat. */
  dispose(): Promise<void>;
}

/**
 * Starts the entrypoint with exactly this environment (and PATH) and the app's command. `MOUNT_PATH` is made.
 *
 * @param before a command of the machine that ends by becoming the entrypoint, which is its last arguments
 */
export function startMachine(
  env: Readonly<Record<string, string>>,
  app: readonly string[],
  before: readonly string[] = [],
): Machine {
  const dir = mkdtempSync(join(tmpdir(), "tenantry-machine-"));
  chmodSync(dir, 0o755);
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
  const child = spawn("unshare", [...namespaces, ...before, entrypoint, ...app], {
    env: { PATH: process.env["PATH"], STATE_DIR: join(dir, "state"), MOUNT_PATH: join(dir, "data"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const pids = () => descendants(child);
  return {
    log: () => log,
    write: (name) => writeFileSync(join(dir, "state", name), ""),
    pids,
    pidsOf: (name) => pids().filter((pid) => commOf(pid) === name),
    signal(signal) {
      const [first] = pids();
      if (first !== undefined) process.kill(first, signal);
    },
    async says(text) {
      while (!(typeof text === "string" ? log.includes(text) : text.test(log)) && child.exitCode === null) {
        await sleep(20);
      }
    },
    ended,
    async dispose() {
      child.kill("SIGKILL");
      await ended;
      tellIfFailed(`what the machine in ${dir} said:`, () => log);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** In order of their start, as far as process ids tell. */
function descendants({ pid }: ChildProcess): number[] {
  const below = (parent: number): number[] => childrenOf(parent).flatMap((each) => [each, ...below(each)]);
  return pid === undefined ? [] : below(pid);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "))
      .filter((text) => text !== "")
      .map(Number);
  } catch {
    return [];
  }
}

function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
