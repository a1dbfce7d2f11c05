import type * as z from "zod";

import type { LIMITS } from "./rate-limits.ts";
import type { Service } from "./refusal.ts";
import type { TokenRecord as Access } from "./records.ts";

/** One operation of the API: its place, how it is guarded, what it does. */
export interface FlyOperation {
  /** `POST /v1/apps/{app}/machines` */
  readonly name: `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;
  readonly service: Service;
  /** Whether it changes anything at Fly. Default: everything but GET does. */
  readonly mutating?: boolean;
  /** Whom its answer is for, where the path names no app. Default: the organisation's tokens. */
  readonly reach?: "anybody";
  /** Which rate limit counts its calls per machine id, or else per app. Default: `action`. */
  readonly limit?: keyof typeof LIMITS | "none";
  /** What its calls are counted by, where it is neither machine nor app in the path. */
  countedBy?(call: Call): string | Promise<string>;
  handle(call: Call): Response | Promise<Response>;
}

/** A request to an operation, let in: who asks, and for what. */
export interface Call {
  readonly access: Access;
  /** Aborts when the client has gone away. */
  readonly signal: AbortSignal;
  /** A parameter of the path, decoded. */
  param(name: string): string;
  query(name: string): string | undefined;
  /** All values of a parameter that may be repeated. */
  queryAll(name: string): readonly string[];
  queries(): Readonly<Record<string, string>>;
  header(name: string): string | undefined;
  /** The JSON body as `schema` reads it; a request without a body is `{}`. Throws a 400 that names what is wrong. */
  body<Output>(schema: z.ZodType<Output>): Promise<Output>;
}

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}

export function empty(status: number): Response {
  return new Response(null, { status });
}
