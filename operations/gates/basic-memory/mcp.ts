import { setTimeout as sleep } from "node:timers/promises";

const ACCEPT = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** What a tool says, and whether it calls that an error. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** A session with an MCP server over HTTP. */
export interface McpSession {
  /** The names of all tools, sorted. */
  tools(): Promise<string[]>;
  ask(tool: string, args: Readonly<Record<string, unknown>>): Promise<ToolAnswer>;
  /** Calls a tool; answers its text. Throws what the tool says when it fails. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
}

interface Reply {
  readonly result?: {
    readonly tools?: readonly { readonly name: string }[];
    readonly content?: readonly { readonly text: string }[];
    readonly isError?: boolean;
  };
  readonly error?: { readonly message: string };
}

/** Resolves when the server at `url` has opened a session for `client`; gives up when `hasEnded` says so. */
export async function openMcp(url: string, hasEnded: () => boolean, client = "tenantry"): Promise<McpSession> {
  const opening = {
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: client, version: "1" } },
  };
  while (!hasEnded()) {
    const answer = await post(url, { id: 1, ...opening }).catch(() => undefined);
    const session = answer?.headers.get("mcp-session-id");
    await answer?.text();
    if (session != null) return sessionOf(url, { "mcp-session-id": session });
    await sleep(100);
  }
  throw new Error("the server has ended");
}

async function sessionOf(url: string, headers: Record<string, string>): Promise<McpSession> {
  await post(url, { method: "notifications/initialized" }, headers);
  let id = 1;
  const order = async (method: string, params: object): Promise<Reply> => {
    const events = await (await post(url, { id: (id += 1), method, params }, headers)).text();
    const data = /^data: (.*"(?:result|error)".*)$/m.exec(events)?.[1];
    if (data === undefined) throw new Error(events);
    return JSON.parse(data) as Reply;
  };
  const session: McpSession = {
    async tools() {
      const { result } = await order("tools/list", {});
      return (result?.tools ?? []).map(({ name }) => name).sort();
    },
    async ask(tool, args) {
      const { result, error } = await order("tools/call", { name: tool, arguments: args });
      if (error !== undefined) return { text: error.message, isError: true };
      const text = (result?.content ?? []).map((part) => part.text).join("\n");
      return { text, isError: result?.isError === true };
    },
    async call(tool, args) {
      const { text, isError } = await session.ask(tool, args);
      if (isError) throw new Error(text);
      return text;
    },
  };
  return session;
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const text = JSON.stringify({ jsonrpc: "2.0", ...body });
  return fetch(url, { method: "POST", headers: { ...ACCEPT, ...headers }, body: text });
}
