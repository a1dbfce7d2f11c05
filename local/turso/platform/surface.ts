import { type Context, Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";

import type { Surface } from "../../surface.ts";
import { ORGANIZATION } from "../names.ts";
import { Refusal } from "../refusal.ts";
import { authorize } from "./authorization.ts";
import { databaseRoutes } from "./database-routes.ts";
import { groupRoutes } from "./group-routes.ts";
import { organizationRoutes } from "./organization-routes.ts";
import type { Platform, Route } from "./route.ts";
import { tokenRoutes } from "./token-routes.ts";
import { usageRoutes } from "./usage-routes.ts";

/** The Platform API, `https://api.turso.tech` at the vendor. `log` takes a line per call that failed in the cloud itself. */
export function platformSurface(platform: Platform, log: (line: string) => void): Surface {
  const find = finder([
    ...databaseRoutes(platform),
    ...usageRoutes(platform),
    ...groupRoutes(platform),
    ...tokenRoutes(platform),
    ...organizationRoutes(),
  ]);
  const app = new Hono();
  app.all("*", async (context) => {
    try {
      const body = await answer(platform, find, context);
      return body === undefined ? context.body(null, 200) : context.json(body);
    } catch (error) {
      if (error instanceof Refusal) return context.json({ error: error.message }, error.status);
      log(`${context.req.method} ${context.req.path}: ${String(error)}`);
      return context.json({ error: "internal error" }, 500);
    }
  });
  return {
    name: "platform",
    app,
    identify(context) {
      const { method } = context.req;
      const path = find(context)?.route.path;
      return { name: `${method} ${path ?? "(unknown)"}`, mutating: method !== "GET" };
    },
  };
}

/** Without an organisation the user's own is meant: turso-cli asks so until one is chosen. */
const PERSONAL = /^\/(v1|v2)\//;

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

type Find = (context: Context) => Found | undefined;

async function answer(platform: Platform, find: Find, context: Context): Promise<unknown> {
  const caller = platform.tokens.caller(context.req.header("authorization"));
  const found = find(context);
  if (found === undefined) throw new Refusal(404, "not found");
  const { route, params } = found;
  if (params["org"] !== undefined && params["org"] !== ORGANIZATION) throw new Refusal(404, "organization not found");
  const call = { params, query: new URL(context.req.url).searchParams, body: await readJson(context), caller };
  authorize(platform, route.needs, call);
  return route.handle(call);
}

function finder(routes: readonly Route[]): Find {
  const router = new TrieRouter<Route>();
  for (const route of routes) router.add(route.method, route.path.replaceAll(/\{(\w+)\}/g, ":$1"), route);
  return (context) => {
    const { pathname } = new URL(context.req.url);
    const match = (path: string) =>
      (router.match(context.req.method, path)[0] as [Route, Record<string, string>][]).at(0);
    const first = match(pathname) ?? match(pathname.replace(PERSONAL, `/$1/organizations/${ORGANIZATION}/`));
    if (first === undefined) return undefined;
    const [route, raw] = first;
    return { route, params: Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, decode(value)])) };
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function readJson(context: Context): Promise<unknown> {
  const text = await context.req.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "invalid JSON in request body");
  }
}
