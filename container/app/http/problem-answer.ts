import type { Context } from "hono";

import { type Problem, PROBLEMS } from "../problem.ts";

/** A problem as RFC 9457 has it. */
export function problemAnswer(c: Context, problem: Problem): Response {
  const { status, title } = PROBLEMS[problem.code];
  const { code, details } = problem;
  const body = { type: `urn:tenantry:notes:${code}`, title, status, code, ...details };
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/problem+json",
    ...(status === 503 ? { "retry-after": "2" } : {}),
    ...(typeof details["allow"] === "string" ? { allow: details["allow"] } : {}),
  });
}
