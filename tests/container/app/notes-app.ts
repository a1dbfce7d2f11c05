import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const MAIN = join(import.meta.dirname, "../../../container/app/main.ts");
/** Compiled code of the service is kept: most of a start is compiling, and there are many starts. */
export const COMPILED = join(import.meta.dirname, "../../../node_modules/.cache/notes-app");
const START_LIMIT_MS = 20_000;

export type Environment = Readonly<Record<string, string>>;

export interface Answer<Body = never> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface NoteBody {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly tags: string[];
  readonly created?: string;
  readonly updated?: string;
  readonly etag: string;
  readonly bytes: number;
}

export type Line = Readonly<Record<string, unknown>> & { readonly event: string };

/** The notes service as a process of its own. */
export interface NotesApp {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it wrote, word for word. */
  output(): string;
  /** Its log, line by line. */
  lines(): Line[];
  ask<Body = unknown>(method: string, path: string, body?: unknown, headers?: Environment): Promise<Answer<Body>>;
  put(id: string, note: object, headers?: Environment): Promise<Answer<NoteBody & { indexed: boolean; code?: string }>>;
  /** Waits until the index has caught up with the files. */
  current(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Waits for its end; answers the exit code. */
  ended(): Promise<number | null>;
}

/** Starts the service; resolves when it listens. */
export async function startApp(env: Environment, within: readonly string[] = []): Promise<NotesApp> {
  const run = launch(env, within);
  const started = Date.now();
  for (;;) {
    const port = run.lines().find(({ event }) => event === "listening")?.["port"];
    if (typeof port === "number") return appAt(port, run);
    if (run.child.exitCode !== null || Date.now() - started > START_LIMIT_MS) break;
    await sleep(5);
  }
  run.child.kill("SIGKILL");
  throw new Error(`the notes service did not start: ${run.output()}`);
}

/** Starts the service where it is expected to end by itself. */
export async function runToEnd(env: Environment): Promise<{ code: number | null; lines: Line[]; output: string }> {
  const { child, lines, output } = launch(env);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, lines: lines(), output: output() };
}

interface Run {
  readonly child: ChildProcess;
  output(): string;
  lines(): Line[];
}

function launch(env: Environment, within: readonly string[] = []): Run {
  const { PATH = "" } = process.env;
  const command = [...within, process.execPath, "--disable-warning=ExperimentalWarning", MAIN];
  const child = spawn(command[0] ?? "", command.slice(1), {
    env: { PATH, NODE_COMPILE_CACHE: COMPILED, PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  }
  const lines = () =>
    output
      .split("\n")
      .slice(0, -1)
      .flatMap((line): Line[] => (line.startsWith("{") ? [JSON.parse(line) as Line] : []));
  return { child, output: () => output, lines };
}

function appAt(port: number, { child, output, lines }: Run): NotesApp {
  const url = `http://127.0.0.1:${port}`;
  const gone = once(child, "close");
  const ask: NotesApp["ask"] = async (method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? null : JSON.parse(text)) as never,
    };
  };
  return {
    url,
    port,
    pid: child.pid ?? 0,
    output,
    lines,
    ask,
    put: (id, note, headers) => ask("PUT", `/notes/${id}`, note, headers),
    async current() {
      const isCurrent = async () => (await ask<{ index: string }>("GET", "/healthz")).body.index === "current";
      while (!(await isCurrent())) await sleep(10);
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    signal: (signal) => void child.kill(signal),
    async ended() {
      await gone;
      return child.exitCode;
    },
  };
}
