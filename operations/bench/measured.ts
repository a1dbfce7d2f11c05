import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { basename } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { benchErrors } from "./errors.ts";
import { tellsOfProcesses, type Watched, watchProcesses } from "./process-watch.ts";
import type { Step } from "./side.ts";

/** What a command took. */
export interface Measured extends Watched {
  readonly seconds: number;
}

/** How much of what a failed command said is told. */
const LAST_WORDS = 2000;

/** Runs a command to its end and tells what it took. Throws BENCH_STEP_FAILED. @param cloud the embedded cloud's process */
export async function measured(step: Step, cloud?: number, signal?: AbortSignal): Promise<Measured> {
  const watch = tellsOfProcesses() ? watchProcesses(cloud, cpus().length) : undefined;
  const began = performance.now();
  const failed = await finished(step, signal, (pid) => watch?.follow(pid)).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const seconds = Math.round(performance.now() - began) / 1000;
  const watched = watch?.end() ?? { processes: [], othersShare: 0 };
  if (failed !== undefined) throw failed.error;
  return { seconds, ...watched };
}

/** Runs a command to its end. Throws BENCH_STEP_FAILED. An abort interrupts it, and is waited for; after one none is started. */
export async function finished(
  { words: [command, ...args], cwd, env, exit = 0 }: Step,
  signal?: AbortSignal,
  onStart: (pid: number) => void = () => undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  try {
    const closed = once(child, "close") as Promise<[number | null]>;
    if (child.pid !== undefined) onStart(child.pid);
    const [code] = await closed.catch((cause: unknown) => {
      throw new TenantryError(benchErrors.BENCH_STEP_FAILED, `cannot start ${command}`, { cause });
    });
    if (code === exit) return;
    const what = `${[command, ...args]
      .slice(0, 4)
      .map((word) => basename(word))
      .join(" ")} ended with ${String(code)}`;
    const words = Buffer.concat(said).toString().trim().slice(-LAST_WORDS);
    throw new TenantryError(benchErrors.BENCH_STEP_FAILED, `${what}\n${words}`);
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}
