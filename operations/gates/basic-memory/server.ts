import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { gateErrors } from "../errors.ts";
import { type McpSession, openMcp, type ToolAnswer } from "./mcp.ts";
import { adapter, packagesDir } from "./packages.ts";

/** A server of Basic Memory on this computer, with notes in a folder of its own. */
export interface MemoryServer {
  /** The names of all tools, sorted. */
  tools(): Promise<string[]>;
  ask(tool: string, args: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  /** Resolves when it has done what it goes on with after an answer: it has used no processor for a while. */
  quiet(): Promise<void>;
  /** The folder of its notes. */
  readonly notes: string;
  /** What it has written, without the database's token. */
  readonly log: () => string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** These two tools answer OpenAI's clients only. */
const OF_OPENAI = ["search", "fetch"];

/** What every server of Basic Memory gets here, with its own files in `disk`. */
export function memoryEnv(disk: string): Record<string, string> {
  return {
    HOME: disk,
    PYTHONDONTWRITEBYTECODE: "1",
    BASIC_MEMORY_CONFIG_DIR: disk,
    BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED: "false",
    BASIC_MEMORY_AUTO_UPDATE: "false",
    FASTMCP_CHECK_FOR_UPDATES: "off",
  };
}

/** The program and its arguments: MCP over HTTP at this port. */
export function memoryCommand(port: number): string[] {
  const program = join(packagesDir(), "bin/basic-memory");
  return [program, "mcp", "--transport", "streamable-http", "--host", "127.0.0.1", "--port", String(port)];
}

/** Starts one that does not watch its folder, and waits until it answers. @param databaseUrl with its token: the index is there; else in a local file */
export async function startMemory(databaseUrl?: string): Promise<MemoryServer> {
  const disk = mkdtempSync(join(tmpdir(), "tenantry-memory-"));
  const notes = join(disk, "notes");
  mkdirSync(notes);
  const port = await freePort();
  const [program = "", ...args] = memoryCommand(port);
  const database = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl, PYTHONPATH: adapter };
  const env = {
    PATH: process.env["PATH"],
    ...memoryEnv(disk),
    BASIC_MEMORY_HOME: notes,
    BASIC_MEMORY_INDEX_CHANGES: "false",
    ...database,
  };
  const child = spawn(program, args, { cwd: disk, env, stdio: ["ignore", "pipe", "pipe"] });
  let [log, hasEnded] = ["", false];
  const told = () => withoutToken(log, databaseUrl);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      hasEnded = true;
      resolve();
    });
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(disk, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${port}/mcp`;
    const session: McpSession = await openMcp(url, () => hasEnded);
    const openai = await openMcp(url, () => hasEnded, "openai-mcp");
    const ask: MemoryServer["ask"] = (tool, args) => (OF_OPENAI.includes(tool) ? openai : session).ask(tool, args);
    return { tools: session.tools, ask, quiet: () => idle(child.pid ?? 0), notes, log: told, stop };
  } catch (error) {
    await stop();
    const words = `Basic Memory has ended: ${told().trim().slice(-1000)}`;
    throw new TenantryError(gateErrors.GATE_APP_FAILED, words, { cause: error });
  }
}

/** A text without the token of this database's URL: what a program logs of its own URL ends in errors and results. Pure. */
export function withoutToken(text: string, databaseUrl: string | undefined): string {
  const token = databaseUrl === undefined ? null : new URL(databaseUrl).searchParams.get("authToken");
  return token === null || token === ""
    ? text
    : text.replaceAll(encodeURIComponent(token), "[secret]").replaceAll(token, "[secret]");
}

const LOOK_MS = 100;
const LOOKS = 4;

async function idle(pid: number): Promise<void> {
  let [last, same] = [-1, 0];
  while (same < LOOKS) {
    const used = ticksOf(pid);
    same = used === last ? same + 1 : 0;
    last = used;
    await sleep(LOOK_MS);
  }
}

/** Processor time of a process in the kernel's ticks: user and system. 0: it has ended. */
function ticksOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

/** A port without a listener. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
