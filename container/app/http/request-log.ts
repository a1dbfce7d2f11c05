import { randomBytes } from "node:crypto";

import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

import { type Log, reasonOf } from "../log.ts";
import { isNoteId } from "../notes/note-id.ts";
import { Problem } from "../problem.ts";

/** One line per request: which route, which note, how it ended. No body, no query string, no header, no address as it came. */
export function requestLog(log: Log): MiddlewareHandler {
  return async (c, next) => {
    const began = performance.now();
    const request = requestId(c.req.header("fly-request-id"));
    c.header("x-request-id", request);
    await next();
    const { error } = c;
    const status = c.res.status;
    const note = c.req.param("id") ?? "";
    log(status >= 500 ? "error" : "info", "request", {
      request,
      method: c.req.method,
      route: routePath(c, -1),
      ...(isNoteId(note) ? { note } : {}),
      status,
      ms: Math.round((performance.now() - began) * 10) / 10,
      ...(error === undefined ? {} : failure(error, status)),
    });
  };
}

function failure(error: Error, status: number) {
  const code = error instanceof Problem ? error.code : "internal";
  return status < 500 ? { code } : { code, reason: reasonOf(error.cause ?? error) };
}

/** Fly's id of the request, so that both logs can be read together; else one of our own. */
function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w-]{1,80}$/.test(given) ? given : randomBytes(8).toString("hex");
}
