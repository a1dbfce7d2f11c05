import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const PROGRAM = join(import.meta.dirname, "relay.pl");
// The end of this process, also by kill -9, is the end of the relay.
const WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"] as const;

/** The process that makes the machines' networks and is the way in and out: see relay.pl, which says what orders there are. */
export class Relay {
  /** Resolves when it has ended, with what it said last. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  /** Its folder, open: the path to a socket in it may be longer than a socket's path can be. */
  readonly #folder: number;
  readonly #waiting: ((answer: string) => void)[] = [];

  /** @param folder of its own; made if it is not there */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = openSync(folder, "r");
    const [program, ...args] = [...WITH_PARENT, "perl", PROGRAM, folder] as const;
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.#child as { stdin: Writable; stdout: Readable; stderr: Readable };
    stdin.on("error", () => undefined);
    createInterface({ input: stdout }).on("line", (line) => this.#waiting.shift()?.(line));
    let words = "";
    stderr.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-500)));
    const over = new Promise<void>((resolve) => {
      this.#child.once("error", () => resolve()).once("close", () => resolve());
    });
    this.ended = over.then(() => {
      closeSync(this.#folder);
      for (const answer of this.#waiting.splice(0)) answer("no the relay has ended");
      return words.trim();
    });
  }

  /** Gives an order and resolves when it is done; rejects with the relay's reason when it cannot be. */
  async order(...words: readonly (string | number)[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    (this.#child.stdin as Writable).write(`${words.join(" ")}\n`);
    const answer = await Promise.race([promise, this.ended.then(() => "no the relay has ended")]);
    if (answer !== "ok") throw new Error(answer.replace(/^no /, ""));
  }

  /** A connection to a port of a machine; undefined when nothing listens there. */
  async connect(machine: string, port: number): Promise<Socket | undefined> {
    const socket = connect({ path: `/proc/self/fd/${this.#folder}/relay` });
    try {
      await once(socket, "connect");
      socket.write(`${machine} ${port}\n`);
      const isThere = await Promise.race([
        once(socket, "readable").then(() => socket.read(1) !== null),
        once(socket, "close").then(() => false),
      ]);
      if (isThere) return socket;
    } catch {
      // Nothing listens, or the relay has ended.
    }
    socket.destroy();
    return undefined;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}
