import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** The bytes of an answer on a connection. */
export interface TakenAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Listens to what a handler writes to the socket itself. `restore` ends that; what is not `ended` by then is not known. */
export interface Taking {
  readonly ended: Promise<TakenAnswer>;
  restore(): void;
}

type HeadersGiven = OutgoingHttpHeaders | readonly string[] | string | undefined;

/** `isPassed`: the caller still gets the answer. Otherwise the handler does its work and its answer is dropped. */
export function takeAnswer(outgoing: ServerResponse, { isPassed }: { readonly isPassed: boolean }): Taking {
  const own = { writeHead: outgoing.writeHead, write: outgoing.write, end: outgoing.end };
  const { promise, resolve } = Promise.withResolvers<TakenAnswer>();
  const chunks: Buffer[] = [];
  let head: Pick<TakenAnswer, "status" | "headers"> = { status: 200, headers: [] };
  const keep = (chunk: unknown) => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const pass = (method: keyof typeof own, args: readonly unknown[], instead: unknown): unknown =>
    isPassed ? Reflect.apply(own[method], outgoing, args) : instead;
  Object.assign(outgoing, {
    writeHead: (status: number, ...rest: HeadersGiven[]) => {
      head = { status, headers: flat(rest.at(-1)) };
      return pass("writeHead", [status, ...rest], outgoing);
    },
    write: (chunk: unknown, ...rest: unknown[]) => {
      keep(chunk);
      return pass("write", [chunk, ...rest], true);
    },
    end: (...args: unknown[]) => {
      keep(args[0]);
      resolve({ ...head, body: Buffer.concat(chunks) });
      return pass("end", args, outgoing);
    },
  });
  return { ended: promise, restore: () => void Object.assign(outgoing, own) };
}

function flat(headers: HeadersGiven): (readonly [string, string])[] {
  if (headers === undefined || typeof headers === "string") return [];
  if (!Array.isArray(headers))
    return Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const list = headers as readonly string[];
  return Array.from({ length: list.length / 2 }, (_, at) => [list[2 * at] ?? "", list[2 * at + 1] ?? ""] as const);
}

/** The same answer once more. Its length is what is sent this time. */
export function again({ status, headers, body }: TakenAnswer): Response {
  const hasBody = status !== 204 && status !== 304;
  const kept = headers.filter(([name]) => !["content-length", "transfer-encoding"].includes(name.toLowerCase()));
  return new Response(hasBody ? new Uint8Array(body) : null, { status, headers: kept.map(([name, to]) => [name, to]) });
}
