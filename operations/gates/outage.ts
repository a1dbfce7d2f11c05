import { setTimeout as sleep } from "node:timers/promises";

import type { CloudStatus } from "../../local/admin.ts";

/** Asks the embedded cloud's own address; answers the JSON that it says. */
export type AskCloud = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** The database's engine, as `cloud status` names it. */
const DATABASE_ENGINE = "sqld";

/**
 * Takes a vendor away for so many milliseconds, from everybody on this embedded cloud, and brings it back whatever happens. An
 * engine that does not answer for 20 s is started anew by the cloud itself, also when this process has been killed.
 */
export async function outage(vendor: "tigris" | "turso", ms: number, ask: AskCloud): Promise<void> {
  const bringBack = vendor === "tigris" ? await withoutStorage(ask) : await withoutDatabase(ask);
  try {
    await sleep(ms);
  } finally {
    await bringBack();
  }
}

/** Every call to it breaks. Faults that are there stay. */
async function withoutStorage(ask: AskCloud): Promise<() => Promise<void>> {
  const before = (await ask("GET", "/faults")) as readonly object[];
  await ask("PUT", "/faults", [{ vendor: "tigris", kind: "reset" }, ...before]);
  return async () => {
    await ask("PUT", "/faults", before);
  };
}

/** Its engine stands still: what is asked waits. */
async function withoutDatabase(ask: AskCloud): Promise<() => Promise<void>> {
  const { engines } = (await ask("GET", "/status")) as CloudStatus;
  const pids = engines.filter(({ name }) => name === DATABASE_ENGINE).map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  return () => {
    for (const pid of pids) process.kill(pid, "SIGCONT");
    return Promise.resolve();
  };
}
