import { setTimeout as sleep } from "node:timers/promises";

/** What `work` answers, or an error after so many milliseconds; the work itself goes on. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  // When it is aborted, no caller waits for it.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
