import type { html } from "hono/html";

export type Html = ReturnType<typeof html>;

/** Hono makes a promise of a template only if there is one in it. */
export function textOf(made: Html): string {
  if (made instanceof Promise) throw new Error("a template waits for something");
  return made.toString();
}
