import { randomBytes } from "node:crypto";

/** An id for an answer of the gateway's own, in the form of the engine's: people quote it, the log can be searched for it. */
export function requestId(): string {
  return randomBytes(8).toString("hex").toUpperCase();
}
