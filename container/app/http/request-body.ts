import type { IncomingMessage } from "node:http";

import { Problem } from "../problem.ts";

/** A body this many times too large is not even read to its end; its sender may find the connection broken. */
const PATIENCE = 4;

/**
 * A request's body as text. One that is too large is read to its end first, and thrown away: a sender that is answered
 * and cut off in the middle sees a broken connection and not the answer. Throws `tooLarge` and invalid-json.
 */
export async function bodyOf(incoming: IncomingMessage, limit: number, tooLarge: Problem): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit * PATIENCE) throw tooLarge;
    if (bytes <= limit) chunks.push(chunk);
  }
  if (bytes > limit) throw tooLarge;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new Problem("invalid-json", "the body is not UTF-8");
  }
}
