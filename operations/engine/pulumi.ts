import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { markOfRun, RUN_MARK } from "../../processes/runs.ts";
import { withParent } from "../../processes/with-parent.ts";
import { localEnvironment, toolsEnvironment } from "../../tools/environment.ts";
import { shownLines } from "../../output/shown.ts";
import { engineErrors } from "./errors.ts";
import { damagedState, dropCutNotes, refuseDamagedState } from "./state-file.ts";
import type { StackContext } from "../../stack/context.ts";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment `pulumi` runs in for this stack: the embedded cloud's stacks keep their state in the project's own folder. */
export function pulumiEnvironment(context: StackContext): NodeJS.ProcessEnv {
  const place = { projectDir: context.projectDir, home: context.home, env: process.env };
  const env = context.settings.cloud === "embedded" ? localEnvironment(place) : toolsEnvironment(place);
  return { ...env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_STACK: context.stack };
}

/** What a run works on, for the mark of all that it starts. */
export function groundOf({ home, stack }: StackContext): string {
  return join(home, stack);
}

/** What a run of `pulumi` is given beside its words. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** Sees each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
  /** What it reads on standard input. Default: nothing. */
  readonly input?: string;
}

/** Starts `pulumi` for this stack without any question asked. Throws PULUMI_MISSING, STATE_DAMAGED. */
async function startPulumi(
  context: StackContext,
  args: readonly string[],
  { env = {}, input }: Surroundings,
): Promise<ChildProcess> {
  refuseDamagedState(context);
  dropCutNotes(context);
  const environment: NodeJS.ProcessEnv = {
    ...pulumiEnvironment(context),
    ...env,
    [RUN_MARK]: markOfRun(groundOf(context)),
  };
  const words = ["pulumi", ...args, ...skippedInstall(args), "--stack", context.stack, "--non-interactive"] as const;
  // Interrupted, for that is how it writes down what it has done.
  const [file, argv] = withParent(words, { path: environment["PATH"], signal: "INT" });
  const child = spawn(file, argv, {
    cwd: context.projectDir,
    env: environment,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new TenantryError(engineErrors.PULUMI_MISSING, "cannot start pulumi", { cause });
  }
  // One that ends before it has read everything says by its exit code why.
  child.stdin?.on("error", () => undefined).end(input);
  return child;
}

/**
 * Pulumi would fetch the plugin of every provider whose npm package is installed, before it looks whether the program uses
 * it: hundreds of megabytes for AWS. A plugin that is used is still fetched when it is needed.
 */
function skippedInstall([verb = ""]: readonly string[]): string[] {
  return ["up", "preview", "refresh", "destroy", "import"].includes(verb) ? ["--skip-plugin-pre-install"] : [];
}

/** Runs `pulumi` to its end. */
export async function runPulumi(
  context: StackContext,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Finished> {
  const { onLine } = surroundings;
  const child = await startPulumi(context, args, surroundings);
  const closed = once(child, "close") as Promise<[number | null]>;
  const stopPassing = passInterruptions(child);
  try {
    const [stdout, stderr] = await Promise.all([collect(child.stdout, onLine), collect(child.stderr)]);
    const [code] = await closed;
    return { code: code ?? 1, stdout, stderr };
  } finally {
    stopPassing();
  }
}

/**
 * An interrupted `pulumi` breaks off the steps under way, writes its state and gives back its lock, and is waited for.
 * Ctrl-C in a terminal reaches it by itself; hearing it twice it would stop at once.
 */
function passInterruptions(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals) => {
    if (signal === "SIGTERM" || !process.stdin.isTTY) child.kill("SIGINT");
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

/** All that a stream says. Pieces are joined once, at the end: an `up --json` of hundreds of tenants is tens of megabytes. */
async function collect(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): Promise<string> {
  if (stream === null) return "";
  stream.setEncoding("utf8");
  const pieces: string[] = [];
  let unfinished = "";
  for await (const piece of stream as AsyncIterable<string>) {
    pieces.push(piece);
    if (onLine === undefined) continue;
    const lines = `${unfinished}${piece}`.split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  return pieces.join("");
}

/** Runs `pulumi` and throws what `pulumiFailure` makes of a failure. */
export async function pulumiOutput(
  context: StackContext,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<string> {
  const finished = await runPulumi(context, args, surroundings);
  if (finished.code === 0) return finished.stdout;
  throw pulumiFailure(context, args, finished);
}

/** Pulumi's own exit codes (sdk/go/common/util/cmdutil/exit.go). */
const PULUMI_EXIT = { authentication: 3, noStack: 6 } as const;

/** How Pulumi begins to say that it cannot read a state (pkg/backend/diy/state.go): it ends with 1 like for everything else. */
const UNREADABLE_STATE = "failed to load checkpoint";

/**
 * A failed `pulumi` as an error for people: STACK_NOT_MADE, STATE_LOGIN, STATE_DAMAGED, else PULUMI_FAILED with its own words.
 */
export function pulumiFailure(
  context: StackContext,
  args: readonly string[],
  { code, stderr }: Finished,
): TenantryError {
  const what = `pulumi ${args[0] ?? ""} ended with ${code}\n${shownLines(stderr.trim())}`;
  if (isUnmade(context, code)) return stackNotMade(context);
  if (stderr.includes(UNREADABLE_STATE)) return damagedState(context, what);
  return new TenantryError(
    code === PULUMI_EXIT.authentication ? engineErrors.STATE_LOGIN : engineErrors.PULUMI_FAILED,
    what,
  );
}

function stackNotMade({ stack, settings }: StackContext): TenantryError {
  const next = settings.cloud === "embedded" ? `\`npx tenantry up --stack ${stack}\` creates it.` : undefined;
  return new TenantryError(engineErrors.STACK_NOT_MADE, `the stack ${stack} was never brought up`, { next });
}

/** Throws STACK_NOT_MADE for an embedded stack in whose home Pulumi has never run: it need not be started to say that. */
export function refuseStackOfNewHome(context: StackContext): void {
  const { settings, home } = context;
  if (settings.cloud === "embedded" && !existsSync(join(home, "state/.pulumi"))) throw stackNotMade(context);
}

/** Whether a failure means that the stack has no state yet. An embedded one has no folder for it either. */
export function isUnmade({ settings, home }: StackContext, code: number): boolean {
  return code === PULUMI_EXIT.noStack || (settings.cloud === "embedded" && !existsSync(join(home, "state")));
}
