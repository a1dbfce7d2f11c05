import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as forward,
  type ServerResponse,
} from "node:http";
import { BlockList, connect, createServer as createTcpServer, isIP, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { embeddedTursoErrors } from "./errors.ts";
import { expiryOf } from "./token-expiry.ts";

/** Where the calls to one address go. */
export interface Destination {
  readonly namespace: string;
  /** IP addresses and CIDR ranges; empty: everybody. */
  readonly allowedIps: readonly string[];
}

interface Door {
  readonly listener: Server;
  namespace: string;
  allowed: BlockList | undefined;
}

/**
 * What answers at the Hostname of every embedded database: a loopback address each, one port for all. Passes HTTP and
 * WebSockets on to sqld as they come; only the Host header is changed, to the namespace of that address.
 */
export class DataFront {
  readonly #doors = new Map<string, Door>();
  readonly #sockets = new Set<Duplex>();
  readonly #upstream = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 64 });
  readonly #server = createServer();
  readonly #port: number;
  readonly #sqldPort: number;
  readonly #clock: () => Date;

  constructor(port: number, sqldPort: number, clock: () => Date) {
    this.#port = port;
    this.#sqldPort = sqldPort;
    this.#clock = clock;
    // This server never listens itself: the listeners of all addresses hand their connections to it.
    this.#server.on("request", (request, response) => this.#pass(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("clientError", (_error, socket) => void socket.destroy());
  }

  hostname(address: string): string {
    return `${address}:${this.#port}`;
  }

  /** Opens `address`, or changes where it leads. Throws LOOPBACK_ADDRESS_UNAVAILABLE. */
  async open(address: string, { namespace, allowedIps }: Destination): Promise<void> {
    const allowed = allowedIps.length === 0 ? undefined : allowList(allowedIps);
    const door = this.#doors.get(address);
    if (door !== undefined) {
      Object.assign(door, { namespace, allowed });
      return;
    }
    const listener = createTcpServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#admit(socket));
    this.#doors.set(address, { listener, namespace, allowed });
    await new Promise<void>((resolve, reject) => {
      listener.once("error", (cause) => {
        this.#doors.delete(address);
        const where = this.hostname(address);
        reject(new TenantryError(embeddedTursoErrors.LOOPBACK_ADDRESS_UNAVAILABLE, where, { cause }));
      });
      listener.listen(this.#port, address, resolve);
    });
  }

  /** Closes an address; connections that are open find no database there any more. */
  shut(address: string): void {
    this.#doors.get(address)?.listener.close();
    this.#doors.delete(address);
  }

  async close(): Promise<void> {
    const closed = [...this.#doors.values()].map(({ listener }) => new Promise((resolve) => listener.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream.destroy();
    await Promise.all(closed);
  }

  #admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#server.emit("connection", socket);
  }

  /** The namespace a request is for, or the answer that keeps it out. */
  #route(request: IncomingMessage): string | { status: number; error: string } {
    const { localAddress, remoteAddress = "" } = request.socket;
    const door = this.#doors.get(localAddress ?? "");
    if (door === undefined) return { status: 404, error: "database not found" };
    if (door.allowed?.check(remoteAddress) === false)
      return { status: 403, error: `address ${remoteAddress} is not allowed` };
    const expiry = expiryOf(request.headers.authorization);
    if (expiry !== undefined && expiry * 1000 <= this.#clock().getTime())
      return { status: 401, error: "Unauthorized: `The JWT has expired`" };
    return door.namespace;
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const route = this.#route(request);
    if (typeof route === "object") {
      request.resume();
      response.writeHead(route.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: route.error }));
      return;
    }
    const onward = forward({
      host: "127.0.0.1",
      port: this.#sqldPort,
      agent: this.#upstream,
      method: request.method,
      path: request.url,
      headers: { ...endToEnd(request.headers), host: hostOf(route) },
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(response);
      answer.once("error", () => response.destroy());
    });
    onward.once("error", () => fail(response));
    response.once("close", () => {
      if (!response.writableFinished) onward.destroy();
    });
    request.pipe(onward);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const route = this.#route(request);
    if (typeof route === "object") {
      socket.end(`HTTP/1.1 ${route.status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect({ host: "127.0.0.1", port: this.#sqldPort, noDelay: true });
    const lines = pairs(request.rawHeaders).map(
      ([name, value]) => `${name}: ${name.toLowerCase() === "host" ? hostOf(route) : value}`,
    );
    onward.write(`${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    this.#sockets.add(onward);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.once("close", () => other.destroy());
      one.pipe(other);
    }
    onward.once("close", () => this.#sockets.delete(onward));
  }
}

// Only the first label counts for sqld.
const hostOf = (namespace: string) => `${namespace}.localhost`;

// What belongs to one connection only, not to the call.
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "expect", "proxy-connection"]);

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)));
}

function allowList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function fail(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(502, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: "the database engine does not answer" }));
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""]] : [],
  );
}
