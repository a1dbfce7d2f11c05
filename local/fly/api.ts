import { type Context, Hono } from "hono";
import * as z from "zod";

import { withFoldedNames } from "../folded-names.ts";
import type { Operation } from "../surface.ts";
import { AFFINITY_COOKIE } from "./as-listed.ts";
import { hasRateLimits } from "./embedded-operations.ts";
import { ulid } from "./identifiers.ts";
import type { Call, FlyOperation } from "./operation.ts";
import type { Platform } from "./platform.ts";
import { LIMITS, type RateLimiter } from "./rate-limits.ts";
import { errorBody, invalidArgument, Refusal } from "./refusal.ts";
import { NEAREST } from "./regions.ts";
import { authenticate, authorize } from "./tokens.ts";

/** The operations as one HTTP application, and what names them for the call log. */
export function openApi(
  platform: Platform,
  operations: readonly FlyOperation[],
  limiter: RateLimiter,
  log: (line: string) => void,
): { app: Hono; identify(context: Context): Operation } {
  const find = finder(operations);
  const app = new Hono();
  app.all("*", async (context) => {
    const found = find(context.req.method, context.req.path);
    const answer = found === undefined ? unknownRoute() : await attempt(found, context);
    if (context.req.header("cookie")?.includes(AFFINITY_COOKIE) !== true) {
      answer.headers.append("set-cookie", `${AFFINITY_COOKIE}=${ulid(platform.clock())}; Path=/`);
    }
    answer.headers.set("fly-request-id", `${ulid(platform.clock())}-${NEAREST}`);
    return answer;
  });

  async function attempt({ operation, params }: Found, context: Context): Promise<Response> {
    try {
      return await serve(operation, params, context);
    } catch (error) {
      if (error instanceof Refusal) {
        return Response.json(errorBody(operation.service, error), { status: error.status });
      }
      // The text of an unforeseen error may hold what it was about: only its kind and place are logged.
      const place = error instanceof Error ? `${error.name} ${error.stack?.split("\n")[1]?.trim() ?? ""}` : "no error";
      log(`${operation.name}: ${place}`);
      return Response.json(errorBody(operation.service, new Refusal(500, "internal error")), { status: 500 });
    }
  }

  async function serve(operation: FlyOperation, params: Params, context: Context): Promise<Response> {
    const { tables, clock } = platform;
    const access = authenticate(tables, context.req.header("authorization"), clock());
    const named = params["app"];
    const reach = operation.reach ?? (named === undefined ? "organization" : tables.apps.get(named)?.id);
    authorize(access, isMutating(operation), reach);
    const call = callOf(context, params, access);
    const { limit = "action", name } = operation;
    if (limit !== "none" && hasRateLimits(tables)) {
      const identifier = (await operation.countedBy?.(call)) ?? params["machine"] ?? named ?? "";
      if (!limiter.admit(LIMITS[limit], name, identifier)) throw new Refusal(429, "rate limit exceeded");
    }
    return operation.handle(call);
  }

  return {
    app,
    identify({ req }) {
      const operation = find(req.method, req.path)?.operation;
      // A path that is none of Fly's may hold anything, also a secret: it is not named.
      if (operation === undefined) return { name: `${req.method} (unknown)`, mutating: req.method !== "GET" };
      return { name: operation.name, mutating: isMutating(operation) };
    },
  };
}

type Params = Readonly<Record<string, string>>;

interface Found {
  readonly operation: FlyOperation;
  readonly params: Params;
}

function isMutating({ name, mutating }: FlyOperation): boolean {
  return mutating ?? !name.startsWith("GET ");
}

function unknownRoute(): Response {
  return new Response("404 page not found\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

/** Finds the operation of a request by the templates in the operations' names. */
function finder(operations: readonly FlyOperation[]): (method: string, path: string) => Found | undefined {
  const routes = operations.map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.name.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
  }));
  return (method, path) => {
    for (const { operation, pattern } of routes) {
      const match = pattern.exec(`${method} ${path}`);
      if (match !== null) return { operation, params: decoded(match.groups ?? {}) };
    }
    return undefined;
  };
}

function decoded(groups: Params): Params {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function callOf(context: Context, params: Params, access: Call["access"]): Call {
  const { req } = context;
  return {
    access,
    signal: req.raw.signal,
    param(name) {
      const value = params[name];
      if (value === undefined) throw new Error(`the operation has no parameter ${name}`);
      return value;
    },
    query: (name) => req.query(name),
    queryAll: (name) => req.queries(name) ?? [],
    queries: () => req.query(),
    header: (name) => req.header(name),
    async body(schema) {
      const parsed = schema.safeParse(withFoldedNames(schema, parseJson(await req.text())));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      throw invalidArgument(issue === undefined ? "body" : `${z.core.toDotPath(issue.path)}: ${issue.message}`);
    },
  };
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalidArgument("the body is not JSON");
  }
}
