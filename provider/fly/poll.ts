import { setTimeout as sleep } from "node:timers/promises";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const GROWTH = 1.6;

/** Repeats a call with growing pauses until it returns something. Undefined when it did not within the limit. */
export async function pollUntil<Answer>(
  ask: () => Promise<Answer | undefined>,
  { limitMs, signal }: { limitMs: number; signal?: AbortSignal | undefined },
): Promise<Answer | undefined> {
  const deadline = performance.now() + limitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    await sleep(Math.min(pause, left), undefined, signal === undefined ? {} : { signal });
  }
}
