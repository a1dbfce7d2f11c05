import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";

import { type Ran, run } from "../ran.ts";
import type { Order } from "./host.ts";
import { runWarm } from "./verbs.ts";

const TENANTRY = join(import.meta.dirname, "../../../cli/tenantry");

/** Runs the verbs of other processes warm: of a shell's lines, which start ask-socket.ts with the words of a verb. */
export interface VerbsBySocket {
  /** What the shell has to have in its environment. */
  readonly env: { readonly TENANTRY_WARM_VERBS: string };
  close(): void;
}

/** Begins to listen. Each connection carries one verb: the order as JSON up to its end, and back how it came out. */
export async function verbsBySocket(): Promise<VerbsBySocket> {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-verbs-"));
  const path = join(folder, "socket");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void json(socket)
      .then((order) => carriedOut(order as Order))
      .catch((error: unknown): Ran => ({ code: null, stdout: "", stderr: String(error) }))
      .then((ran) => socket.end(JSON.stringify(ran)));
  });
  server.listen(path);
  await once(server, "listening");
  return {
    env: { TENANTRY_WARM_VERBS: path },
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function carriedOut(order: Order): Promise<Ran> {
  return runWarm(order) ?? run(TENANTRY, order.words, order.cwd, order.env);
}
