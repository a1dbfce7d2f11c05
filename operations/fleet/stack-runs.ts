import { spawn } from "node:child_process";
import { once } from "node:events";

import { withParent } from "../../processes/with-parent.ts";
import { AT_A_TIME, AT_A_TIME_VARIABLE } from "../engine/at-a-time.ts";

/** How one verb fared on one stack. */
export interface StackRun<Found> {
  readonly stack: string;
  /** Its exit code; undefined: it was never started, because the whole was interrupted. */
  readonly code: number | undefined;
  /** What was made of the JSON that it printed; undefined: it printed none. */
  readonly found: Found | undefined;
  /** What it said on standard error, without what only tells that it goes on. */
  readonly words: string;
  readonly seconds: number;
}

/** What is done with every stack of a group: a command line of its own for each. */
export interface StackWork<Found> {
  /** The words of the command line for one stack; it prints JSON. */
  readonly wordsFor: (stack: string) => readonly string[];
  /** Keeps what is needed of what a stack has printed: a plan of many tenants is megabytes. */
  readonly digest: (printed: unknown) => Found;
  /** Stacks at the same time. */
  readonly workers: number;
  /** Told when one begins and when one ends. */
  readonly onMove?: (at: { readonly done: number; readonly failed: number; readonly now: readonly string[] }) => void;
}

/**
 * Runs one verb of `tenantry` on many stacks, a process each and so many at a time. What one stack does and says touches no
 * other. Interrupted, those that run come to their end as ever and no further one begins; killed, the kernel interrupts them.
 * Together they take no more from the vendors at a time than one stack alone would.
 */
export async function runOnEach<Found>(stacks: readonly string[], work: StackWork<Found>): Promise<StackRun<Found>[]> {
  const { wordsFor, digest, workers, onMove } = work;
  const waiting = [...stacks];
  const running = new Set<string>();
  const runs = new Map<string, StackRun<Found>>();
  let isStopped = false;
  const tell = () => {
    const failed = [...runs.values()].filter(({ code }) => code === 1).length;
    onMove?.({ done: runs.size, failed, now: [...running] });
  };
  const stop = () => {
    isStopped = true;
  };
  for (const signal of STOPPING) process.on(signal, stop);
  const share = String(Math.max(1, Math.floor(AT_A_TIME / workers)));
  const worker = async () => {
    for (let stack = waiting.shift(); stack !== undefined && !isStopped; stack = waiting.shift()) {
      running.add(stack);
      tell();
      runs.set(stack, await runOn(stack, wordsFor(stack), share, digest));
      running.delete(stack);
      tell();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(workers, stacks.length) }, worker));
  } finally {
    for (const signal of STOPPING) process.off(signal, stop);
  }
  const never = { code: undefined, found: undefined, words: "", seconds: 0 };
  return stacks.map((stack) => runs.get(stack) ?? { stack, ...never });
}

const STOPPING = ["SIGINT", "SIGTERM"] as const;

async function runOn<Found>(
  stack: string,
  words: readonly string[],
  share: string,
  digest: (printed: unknown) => Found,
): Promise<StackRun<Found>> {
  const started = performance.now();
  const [, main = ""] = process.argv;
  const command = [process.execPath, ...process.execArgv, main, ...words] as const;
  const [file, args] = withParent(command, { path: process.env["PATH"], signal: "INT" });
  const child = spawn(file, args, {
    env: { ...process.env, [AT_A_TIME_VARIABLE]: share },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Ctrl-C at a terminal reaches it by itself.
  const pass = () => child.kill("SIGTERM");
  process.on("SIGTERM", pass);
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    const seconds = (performance.now() - started) / 1000;
    return { stack, code: code ?? 1, found: foundIn(stdout, digest), words: wordsIn(stderr), seconds };
  } finally {
    process.off("SIGTERM", pass);
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces).toString("utf8");
}

/** Undefined: what was printed is no JSON, for it failed before. */
function foundIn<Found>(text: string, digest: (printed: unknown) => Found): Found | undefined {
  let printed: unknown;
  try {
    printed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return digest(printed);
}

/** As `during` (output/progress.ts) writes into a log. */
const STILL_AT_WORK = /\(\d+ s\)$/;

function wordsIn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => !STILL_AT_WORK.test(line));
  return lines.join("\n").trim();
}
