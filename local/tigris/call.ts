import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** One request at the gateway. */
export type Call = Context<{ Bindings: HttpBindings }>;
