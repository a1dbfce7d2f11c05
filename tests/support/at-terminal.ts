import { spawn } from "node:child_process";
import { once } from "node:events";

import type { Ran } from "./ran.ts";

/** What is typed once the question is on the terminal; of a function what it gives, once it has done its work. */
export type Answer = readonly [question: string, typed: string | (() => Promise<string>)];

/** The keys that end a conversation. */
export const CTRL_C = "\u0003";
export const CTRL_D = "\u0004";

/** How long a question may keep a test waiting that it does not know how to answer. */
const LIMIT_MS = 120_000;

/** Runs a command at a pseudo-terminal (util-linux `script`), on which both its outputs are one. */
export async function atTerminal(
  command: readonly string[],
  answers: readonly Answer[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ran> {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const script = ["--quiet", "--return", "--command", line, "/dev/null"];
  const child = spawn("script", script, { cwd, env, timeout: LIMIT_MS });
  const left = [...answers];
  let stdout = "";
  let seen = 0;
  const answer = () => {
    const [next] = left;
    const at = next === undefined ? -1 : stdout.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    seen = at + next[0].length;
    left.shift();
    if (typeof next[1] === "string") child.stdin.write(next[1]);
    else
      next[1]().then(
        (typed) => child.stdin.write(typed),
        () => child.kill(),
      );
    answer();
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    answer();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr: left.map(([question]) => `never asked: ${question}`).join("\n") };
}
