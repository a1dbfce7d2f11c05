import { setTimeout as sleep } from "node:timers/promises";

/** The most that `look` has seen while `work` was done: asked every 100 ms, and once at the end. */
export async function watched(look: () => Promise<number>, work: () => Promise<void>): Promise<number> {
  const ended = new AbortController();
  let most = 0;
  const watching = (async () => {
    for (;;) {
      const isLast = ended.signal.aborted;
      most = Math.max(most, await look());
      if (isLast) return;
      await sleep(100);
    }
  })();
  try {
    await work();
  } finally {
    ended.abort();
  }
  await watching;
  return most;
}
