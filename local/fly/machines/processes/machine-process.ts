import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

import type { Entrance, ExecOrder, ExecResult, Exit } from "../runner.ts";
import type { Identity } from "./image-user.ts";
import { outputsAtExit } from "./outputs-at-exit.ts";

/** How a machine is started. No argument is secret: everybody on this host can read them. */
export interface Boot {
  /** An empty folder, under which the root is built; nothing of it is seen outside. */
  readonly folder: string;
  /** The machine's control group. */
  readonly cgroup: string | undefined;
  readonly workdir: string;
  readonly identity: Identity;
  readonly command: readonly string[];
  /** Exactly this is the environment of all that runs in the machine. */
  readonly env: Readonly<Record<string, string>>;
  /** See root-plan.ts. */
  readonly plan: string;
  /**
   * Gives the machine, whose network namespace is that of this process, what it is to reach; resolves when that is done, and
   * nothing of the machine's own runs before. Undefined: it has no such namespace, but this computer's network.
   */
  readonly join: ((pid: number) => Promise<void>) | undefined;
  output(chunk: string): void;
}

const ROOT = join(import.meta.dirname, "root.sh");
const NAMESPACES = ["--mount", "--pid", "--uts", "--ipc"];
// The end of this process, also by kill -9, is the end of the machine.
const WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"];
/** Bytes of either output of an exec that are answered. A command that says more is ended, for nothing of it may be lost unsaid. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** What runs of one machine, from its start to the end of its last process. */
export class MachineProcess {
  /** Resolves when the main process runs; rejects when that did not come about. */
  readonly up: Promise<void>;
  /** Resolves when nothing of the machine runs any more. */
  readonly ended: Promise<Exit>;
  readonly #boot: Boot;
  readonly #child: ChildProcess;
  readonly #namespaces: readonly string[];
  #isOver = false;

  constructor(boot: Boot) {
    this.#boot = boot;
    const { folder, cgroup = "", workdir, identity, command, env } = boot;
    this.#namespaces = boot.join === undefined ? NAMESPACES : [...NAMESPACES, "--net"];
    const [program = "", ...args] = [
      ...WITH_PARENT,
      ...["unshare", ...this.#namespaces, "--fork", "--kill-child", "--"],
      ...[ROOT, folder, cgroup, workdir, String(identity.uid), identity.gids.join(","), ...command],
    ];
    this.#child = spawn(program, args, { env: outside(env), stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"] });
    const [, stdout, stderr, planned, marks] = this.#child.stdio as [null, Readable, Readable, Writable, Readable];
    let words = "";
    for (const stream of [stdout, stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        words = (words + text).slice(-500);
        boot.output(text);
      });
    }
    planned.on("error", () => undefined);
    this.ended = this.#end();
    this.up = this.#rise(marks, planned, () => words.trim());
    this.up.catch(() => undefined);
  }

  /** The first mark: all its namespaces are there. The second: its main process is. */
  async #rise(marks: Readable, planned: Writable, words: () => string): Promise<void> {
    const { plan, join: joined } = this.#boot;
    const lines = createInterface({ input: marks })[Symbol.asyncIterator]();
    const isMarked = async () => (await lines.next()).done !== true;
    if (await isMarked()) {
      try {
        await joined?.(this.#child.pid ?? 0);
      } catch (error) {
        this.kill();
        throw error;
      }
      planned.end(plan);
      if (await isMarked()) return;
    }
    await this.ended;
    throw new Error(`the machine's root could not be built: ${words()}`);
  }

  async #end(): Promise<Exit> {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      this.#child.once("error", () => resolve([127, null]));
      this.#child.once("close", (...how) => resolve(how));
    });
    this.#isOver = true;
    return code === null
      ? { signal: constants.signals[signal ?? "SIGKILL"], outOfMemory: false }
      : { code, outOfMemory: false };
  }

  /** Process 1, as seen from here. */
  get first(): number | undefined {
    return this.#isOver ? undefined : childrenOf(this.#child.pid)[0];
  }

  /** The main process, as seen from here; undefined when there is none. */
  get main(): number | undefined {
    return childrenOf(this.first)[0];
  }

  /** To the main process. */
  signal(signal: NodeJS.Signals): void {
    send(this.main, signal);
  }

  /** Ends everything at once: a process namespace does not outlive its process 1. */
  kill(): void {
    if (this.#isOver) return;
    const { first } = this;
    if (first === undefined) this.#child.kill("SIGKILL");
    else send(first, "SIGKILL");
  }

  /** How to run a command beside the main process; undefined when there is none. */
  entrance(): Entrance | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    const { workdir, env } = this.#boot;
    const within = ["nsenter", `--target=${first}`, ...this.#namespaces, "--"];
    return { command: [...within, ...WITH_PARENT, "env", `--chdir=${workdir}`], env };
  }

  /**
   * Runs a command beside the main process, to its own end: what it leaves in the background goes on, and is not waited for.
   * Not done in time, or too much said: it is ended.
   */
  async exec({ command, stdin, timeoutMs }: ExecOrder): Promise<ExecResult | "late" | "too much"> {
    const { workdir, env } = this.#boot;
    const within = ["nsenter", `--target=${this.first ?? 0}`, ...this.#namespaces, "--"];
    const [program = "", ...args] = [
      ...WITH_PARENT,
      ...within,
      ...WITH_PARENT,
      "env",
      `--chdir=${workdir}`,
      ...command,
    ];
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined).end(stdin ?? "");
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    // Not once it has ended: its number may be another process's by then.
    const end = () => {
      if (isOver()) return;
      for (const pid of withDescendants(child.pid)) send(pid, "SIGKILL");
    };
    const late = new AbortController();
    const timer = setTimeout(() => {
      if (isOver()) return;
      late.abort();
      end();
    }, timeoutMs);
    try {
      const ended = await outputsAtExit(child, MOST_OUTPUT, end);
      if (late.signal.aborted) return "late";
      return ended === "too much" ? ended : { ...ended, exitCode: ended.exitCode ?? 137 };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The machine's environment while this computer's programs build its root: enter-root.pl gives it its own PATH back. */
function outside(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...env, PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", MACHINE_PATH: env["PATH"] };
}

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .filter((text) => text !== "")
      .map(Number);
  } catch {
    return [];
  }
}

function withDescendants(pid: number | undefined): number[] {
  return pid === undefined ? [] : [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

function send(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
