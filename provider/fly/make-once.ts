import { setTimeout as sleep } from "node:timers/promises";

import { isAmbiguous, isStillOpen } from "./api.ts";

const TRIES = 3;
const LOOKS = 3;
const PAUSE_MS = 1000;

/**
 * Makes something that Fly would make twice if it were asked twice, or finds what an earlier try left behind. After an
 * answer that says nothing it looks, and only when nothing stands there it tries again.
 */
export async function makeOnce<Made>(
  steps: {
    /** What stands already. */
    find(): Promise<Made | undefined>;
    make(): Promise<Made>;
  },
  signal: AbortSignal,
): Promise<{ made: Made; isNew: boolean }> {
  const left = await steps.find();
  if (left !== undefined) return { made: left, isNew: false };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { made: await steps.make(), isNew: true };
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      const made = await lookAgain(() => steps.find(), signal);
      if (made !== undefined) return { made, isNew: true };
      // Unanswered it may still take effect; the next `up` looks first.
      if (isStillOpen(error) || attempt === TRIES) throw error;
    }
  }
}

async function lookAgain<Made>(find: () => Promise<Made | undefined>, signal: AbortSignal): Promise<Made | undefined> {
  for (let look = 1; ; look += 1) {
    const made = await find();
    if (made !== undefined || look === LOOKS) return made;
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
