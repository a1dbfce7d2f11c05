// The process of `runWarm` (verbs.ts): runs verbs as cli/main.ts does, one after the other, is the provider of the `pulumi`
// that each starts, and has the program run in another process of the kind (program.ts).
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";

import { runVerb } from "../../../cli/run-verb.ts";
import { serveProvider } from "../../../provider/serve.ts";
import { type Ran, run } from "../ran.ts";
import { collected } from "./collected.ts";

/** A verb to run, or a `pulumi`, in a folder and an environment of its own. */
export interface Order {
  /** Default: the command line. `elsewhere`: whoever orders runs something itself, with our provider and our program, until GIVEN_BACK. */
  readonly program?: "pulumi" | "elsewhere";
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Says that what was run elsewhere has ended. */
export const GIVEN_BACK = "given back";
let giveBack = (): void => undefined;

process.on("message", (order: Order | typeof GIVEN_BACK) => {
  if (order === GIVEN_BACK) giveBack();
  else void carriedOut(order).then((answer) => process.send?.(answer));
});
/** Not that of an order. */
const ownEnvironment = { ...process.env };
let language = startedProgram();
process.on("disconnect", () => {
  rmSync(language.folder, { recursive: true, force: true });
  flushCompileCache();
  // At once: jest waits for its workers' output to end, which goes to this process too. After the program, whose processor time
  // would else not be counted.
  const end = () => process.kill(process.pid, "SIGKILL");
  if (language.process.kill("SIGKILL")) language.process.once("exit", end);
  else end();
});

/** How it ran; of what runs elsewhere the variables that it needs. */
async function carriedOut({ program, words, cwd, env }: Order): Promise<Ran | NodeJS.ProcessEnv> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  // One of its own for each verb: as with a process of its own, nothing is left from the verb before.
  const { port, server } = await serveProvider();
  const lent = { PULUMI_DEBUG_PROVIDERS: `tenantry:${port}`, TENANTRY_WARM_PROGRAM: language.folder };
  Object.assign(process.env, lent);
  await language.isUp;
  if (!(await isReady(language.process))) {
    language = startedProgram(language.folder);
    await language.isUp;
  }
  if (program === "elsewhere") {
    giveBack = () => {
      server.forceShutdown();
    };
    return lent;
  }
  try {
    return program === undefined ? await verb(words) : await run(program, words, cwd, process.env);
  } finally {
    server.forceShutdown();
  }
}

interface Program {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly isUp: Promise<unknown>;
}

/** Asks the program whether it is there for the next verb: one that is still at work for the last ends at the question. */
async function isReady(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false;
  // That it has just ended is no fault, and is told by its end.
  child.send("ready?", () => undefined);
  return await saysSo(child);
}

/** Whether the program says that it is ready, before it ends. */
async function saysSo(child: ChildProcess): Promise<boolean> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    const said = once(child, "message", { signal }).then(() => true);
    const ended = once(child, "exit", { signal }).then(() => false);
    return await Promise.race([said, ended]);
  } finally {
    heard.abort();
  }
}

function startedProgram(folder = mkdtempSync(join(tmpdir(), "tenantry-program-"))): Program {
  // As Pulumi's own host has it; see processes/pulumi-language-nodejs.
  const { NODE_COMPILE_CACHE: compiled = "" } = ownEnvironment;
  const env = { ...ownEnvironment, ...(compiled === "" ? {} : { NODE_COMPILE_CACHE: join(compiled, "program") }) };
  const child = fork(join(import.meta.dirname, "program.ts"), [folder], { env });
  return { process: child, folder, isUp: saysSo(child) };
}

async function verb(words: readonly string[]): Promise<Ran> {
  process.exitCode = undefined;
  const stdout = collected(process.stdout);
  const stderr = collected(process.stderr);
  try {
    const code = await runVerb(words);
    // What was still to be written when the verb was over.
    await turn();
    return { code, stdout: stdout.end(), stderr: stderr.end() };
  } finally {
    process.exitCode = undefined;
  }
}
