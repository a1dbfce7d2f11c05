import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

import type { ServedByNode } from "./request-input.ts";

/** A server that knows how many requests it is at, and can end. */
export interface NotesServer {
  readonly port: number;
  /** Takes no more connections and waits for the requests under way. Answers how many had to be cut off at the limit. */
  stop(limitMs: number): Promise<number>;
}

/** Serves the app. Rejects where the address cannot be had. */
export async function serve(
  app: Hono<ServedByNode>,
  at: { host: string | undefined; port: number },
): Promise<NotesServer> {
  let underWay = 0;
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 75_000 });
  server.on("request", (request, response) => {
    underWay += 1;
    response.once("close", () => (underWay -= 1));
    void answer(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: at.port, ...(at.host === undefined ? {} : { host: at.host }) }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (limitMs) => end(server, () => underWay, limitMs),
  };
}

async function end(server: Server, underWay: () => number, limitMs: number): Promise<number> {
  const closed = new Promise((resolve) => server.close(resolve));
  const limit = performance.now() + limitMs;
  while (underWay() > 0 && performance.now() < limit) await sleep(10);
  const cut = underWay();
  server.closeAllConnections();
  await closed;
  return cut;
}
