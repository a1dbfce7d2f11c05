import { isAmbiguous } from "../http/serving.ts";
import { isStillOpen } from "./api.ts";
import { pollUntil } from "./poll.ts";

const TRIES = 3;
/** Milliseconds for which Fly's lists may be older than what they list (fly.io/infra-log, machines-api-duplicates). */
export const LOOK_LIMIT_MS = 15_000;

/**
 * Makes something that Fly would make twice if it were asked twice, or finds what an earlier try left behind. After an
 * answer that says nothing it looks for `lookMs`, and only when nothing exists there it tries again.
 */
export async function makeOnce<Made>(
  steps: {
    /** What exists already. */
    find(): Promise<Made | undefined>;
    /** `isNew`: false when it met one that existed already. */
    make(): Promise<{ made: Made; isNew: boolean }>;
  },
  { signal, lookMs }: { signal: AbortSignal; lookMs: number },
): Promise<{ made: Made; isNew: boolean }> {
  const left = await steps.find();
  if (left !== undefined) return { made: left, isNew: false };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await steps.make();
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      const made = await pollUntil(() => steps.find(), { limitMs: lookMs, signal });
      if (made !== undefined) return { made, isNew: true };
      // Unanswered it may still take effect; the next `up` looks first.
      if (isStillOpen(error) || attempt === TRIES) throw error;
    }
  }
}
