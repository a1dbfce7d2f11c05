import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { failedOnce, passedOnce, type Outcome } from "./outcome.ts";

/** One thing `make test` looks at. */
export interface Check {
  readonly title: string;
  /** Lines for people go to `print`. A check that rejects has failed. */
  run(print: (line: string) => void): Promise<Outcome>;
}

export interface Command {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly program: string;
  readonly args: readonly string[];
}

/** A check that passes when the command ends with 0; what it printed is shown only when it does not. */
export function commandCheck(title: string, command: Command): Check {
  return {
    title,
    async run(print) {
      const lines: string[] = [];
      const ended = await run(command, (line) => lines.push(line));
      if (ended === "0") return passedOnce;
      const said = lines.join("\n").trimEnd();
      print(said);
      return failedOnce(`${title}: ended with ${ended}`, said);
    },
  };
}

/** Runs to the end and answers its exit code, signal or why it could not start. */
export function run({ program, args, cwd, env }: Command, print: (line: string) => void): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  // Jest writes its summary letter by letter.
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", print);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === null ? String(signal) : String(code)));
  });
}

/** Runs checks, at most `atOnce` at a time, and tells every 15 seconds which are still running. */
export async function runAll(
  checks: readonly Check[],
  { atOnce, print }: { atOnce: number; print: (line: string) => void },
): Promise<Outcome[]> {
  const running = new Map<string, number>();
  const heartbeat = setInterval(() => {
    for (const [title, since] of running) print(`… ${title}: running for ${seconds(since)}`);
  }, 15_000);
  const outcomes: Outcome[] = [];
  const waiting = checks.entries();
  const lane = async () => {
    // All lanes draw from one iterator: whoever is free takes the next.
    for (const [place, check] of waiting) {
      const began = Date.now();
      running.set(check.title, began);
      const outcome = await check.run(print).catch((error: unknown) => failedOnce(`${check.title}: ${String(error)}`));
      running.delete(check.title);
      outcomes[place] = outcome;
      print(`${verdict(outcome)} ${check.title} (${seconds(began)})`);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, lane));
  } finally {
    clearInterval(heartbeat);
  }
  return outcomes;
}

function verdict({ passed, failed }: Outcome): string {
  if (failed.length > 0) return "FAILED ";
  return passed > 0 ? "passed " : "skipped";
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
