import { setTimeout as sleep } from "node:timers/promises";

const ACCEPT = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** A session with an MCP server over HTTP. */
export interface McpSession {
  /** Calls a tool; answers its text. Throws what the tool says when it fails. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
}

interface ToolAnswer {
  readonly content: readonly { readonly text: string }[];
  readonly isError?: boolean;
}

/** Resolves when the server at `url` has opened a session; gives up when `hasEnded` says so. */
export async function openMcp(url: string, hasEnded: () => boolean): Promise<McpSession> {
  const opening = {
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "tenantry-test", version: "1" } },
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
  return {
    async call(tool, args) {
      const order = { id: (id += 1), method: "tools/call", params: { name: tool, arguments: args } };
      const events = await (await post(url, order, headers)).text();
      const data = /^data: (.*"result".*)$/m.exec(events)?.[1];
      if (data === undefined) throw new Error(events);
      const { content, isError } = (JSON.parse(data) as { result: ToolAnswer }).result;
      const text = content.map((part) => part.text).join("\n");
      if (isError === true) throw new Error(text);
      return text;
    },
  };
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const text = JSON.stringify({ jsonrpc: "2.0", ...body });
  return fetch(url, { method: "POST", headers: { ...ACCEPT, ...headers }, body: text });
}
