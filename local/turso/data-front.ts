import { BlockList, connect, createServer, isIP, type Server, type Socket } from "node:net";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { embeddedTursoErrors } from "./errors.ts";
import { Refusal } from "./refusal.ts";
import { type RequestHead, RequestStream } from "./request-stream.ts";
import { expiryOf } from "./token-expiry.ts";

/** How long a refused caller may keep its connection. */
const REFUSED_LIMIT_MS = 1000;

/** Where the calls to one address go. */
export interface Destination {
  readonly namespace: string;
  /** IP addresses and CIDR ranges; empty: everybody. */
  readonly allowedIps: readonly string[];
}

interface AddressEntry {
  readonly listener: Server;
  namespace: string;
  allowed: BlockList | undefined;
}

/**
 * What answers at the Hostname of every embedded database: a loopback address each, one port for all. Passes HTTP and
 * WebSockets on to sqld as they come; only the Host header is changed, to the namespace of that address.
 */
export class DataFront {
  readonly #entries = new Map<string, AddressEntry>();
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  readonly #sqldPort: number;
  readonly #clock: () => Date;
  readonly #delayMs: () => number;
  readonly #answered: (namespace: string) => void;
  readonly #reissued: (authorization: string, namespace: string) => string | undefined;
  readonly #hasReplicas: () => boolean;

  /**
   * @param delayMs how long each piece of a request is on its way, in milliseconds
   * @param answered called with a namespace that has answered something
   * @param reissued another Authorization header to come to a namespace with; undefined: the caller's own
   * @param hasReplicas whether the databases serve embedded replicas
   */
  constructor(
    port: number,
    sqldPort: number,
    clock: () => Date,
    delayMs: () => number,
    answered: (namespace: string) => void,
    reissued: (authorization: string, namespace: string) => string | undefined,
    hasReplicas: () => boolean,
  ) {
    this.#port = port;
    this.#sqldPort = sqldPort;
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#answered = answered;
    this.#reissued = reissued;
    this.#hasReplicas = hasReplicas;
  }

  hostname(address: string): string {
    return `${address}:${this.#port}`;
  }

  /** Opens `address`, or changes where it leads. Throws LOOPBACK_ADDRESS_UNAVAILABLE. */
  async open(address: string, { namespace, allowedIps }: Destination): Promise<void> {
    const allowed = allowedIps.length === 0 ? undefined : allowList(allowedIps);
    const entry = this.#entries.get(address);
    if (entry !== undefined) {
      Object.assign(entry, { namespace, allowed });
      return;
    }
    const listener = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#admit(socket, address));
    this.#entries.set(address, { listener, namespace, allowed });
    await new Promise<void>((resolve, reject) => {
      listener.once("error", (cause) => {
        this.#entries.delete(address);
        const where = this.hostname(address);
        reject(new TenantryError(embeddedTursoErrors.LOOPBACK_ADDRESS_UNAVAILABLE, where, { cause }));
      });
      listener.listen(this.#port, address, resolve);
    });
  }

  /** Closes an address; connections that are open find no database there any more. */
  shut(address: string): void {
    this.#entries.get(address)?.listener.close();
    this.#entries.delete(address);
  }

  async close(): Promise<void> {
    const closed = [...this.#entries.values()].map(({ listener }) => new Promise((resolve) => listener.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Ties a caller's connection to one of its own to sqld. */
  #admit(caller: Socket, address: string): void {
    const engine = connect({ host: "127.0.0.1", port: this.#sqldPort, noDelay: true, allowHalfOpen: true });
    const { remoteAddress = "" } = caller;
    const requests = new RequestStream((head) => this.#send(head, address, remoteAddress));
    let isRefused = false;
    engine.once("error", () => {
      if (isRefused || engine.bytesRead > 0) return;
      isRefused = true;
      refuse(caller, new Refusal(503, "the database engine does not answer; it is started again"));
    });
    for (const [one, other] of [
      [caller, engine],
      [engine, caller],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {
        if (!isRefused) other.destroy();
      });
      one.once("close", () => {
        this.#sockets.delete(one);
        if (!isRefused) other.destroySoon();
      });
    }
    caller.on("data", (input) => {
      // What a refused caller still sends is read and dropped: closing at once would take the answer away from it.
      if (isRefused) return;
      try {
        const outputs = requests.push(input);
        afterDelay(this.#delayMs(), () => {
          engine.cork();
          for (const output of outputs) engine.write(output);
          engine.uncork();
          if (engine.writableNeedDrain) caller.pause();
        });
      } catch (error) {
        isRefused = true;
        engine.unpipe(caller).destroy();
        refuse(caller, error);
      }
    });
    engine.on("drain", () => caller.resume());
    caller.once("end", () => afterDelay(this.#delayMs(), () => engine.end()));
    engine.on("data", () => {
      const entry = this.#entries.get(address);
      if (entry !== undefined) this.#answered(entry.namespace);
    });
    engine.pipe(caller);
  }

  /** The head as it goes on to sqld. Throws what keeps the call out. */
  #send(head: RequestHead, address: string, remoteAddress: string): string[] {
    const entry = this.#entries.get(address);
    if (entry === undefined) throw new Refusal(404, "database not found");
    if (entry.allowed?.check(remoteAddress) === false)
      throw new Refusal(403, `address ${remoteAddress} is not allowed`);
    const expiry = expiryOf(head.header("authorization"));
    if (expiry !== undefined && expiry * 1000 <= this.#clock().getTime())
      throw new Refusal(401, "Unauthorized: `The JWT has expired`");
    const [request = "", ...headers] = head.lines;
    refuseNewerSync(request);
    if (!this.#hasReplicas() && request.startsWith("POST /wal_log.ReplicationLog/")) throw new NoReplicas();
    const { namespace } = entry;
    // An embedded replica names its database once more, in the way of gRPC: by the first label of the host that it sees.
    const renamed = headers.map((line) => {
      if (/^x-namespace-bin:/i.test(line)) return `x-namespace-bin: ${Buffer.from(namespace).toString("base64")}`;
      const [, authorization] = /^authorization:\s*(.*)$/i.exec(line) ?? [];
      const other = authorization === undefined ? undefined : this.#reissued(authorization, namespace);
      return other === undefined ? line : `authorization: ${other}`;
    });
    // Only the first label counts for sqld.
    return [request, `host: ${namespace}.localhost`, ...renamed.filter((line) => !/^host:/i.test(line))];
  }
}

/** Newer clients synchronise by another protocol, which this sqld does not have; it would answer a bare 404. */
function refuseNewerSync(request: string): void {
  if (!/^(?:GET|POST) \/(?:info|sync\/|export\/|pull-updates)/.test(request)) return;
  throw new Refusal(
    501,
    "the embedded cloud has no sync protocol v2: use a client that replicates by gRPC, or connect without syncUrl",
  );
}

/** What the vendor says, as gRPC says it, where an account's plan has no embedded replicas. */
class NoReplicas extends Error {
  override readonly message = "embedded replicas are not supported for this platform and tariff plan";
}

/** Timers of one length keep their order. */
function afterDelay(ms: number, work: () => void): void {
  if (ms > 0) setTimeout(work, ms);
  else work();
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

function refuse(caller: Socket, error: unknown): void {
  caller.end(error instanceof NoReplicas ? refusalByGrpc(error) : refusalByHttp(error));
  caller.setTimeout(REFUSED_LIMIT_MS, () => caller.destroy());
}

function refusalByHttp(error: unknown): string {
  const { status, message } = error instanceof Refusal ? error : new Refusal(400, "malformed request");
  const body = JSON.stringify({ error: message });
  const headers = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  return `HTTP/1.1 ${status} Refused\r\n${headers.join("\r\n")}\r\n\r\n${body}`;
}

/** 12 is gRPC's UNIMPLEMENTED. */
function refusalByGrpc({ message }: Error): string {
  const said = ["grpc-status: 12", `grpc-message: ${encodeURIComponent(message)}`];
  const headers = ["content-type: application/grpc-web+proto", ...said, "content-length: 0", "connection: close"];
  return `HTTP/1.1 200 OK\r\n${headers.join("\r\n")}\r\n\r\n`;
}
