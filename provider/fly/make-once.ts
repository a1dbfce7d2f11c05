import { isAmbiguous } from "../http/serving.ts";
import { isStillOpen } from "./api.ts";
import { pollUntil } from "./poll.ts";

const TRIES = 3;
/** Milliseconds by which Fly's lists may be outdated (fly.io/infra-log, machines-api-duplicates). */
export const LOOK_LIMIT_MS = 15_000;

/**
 * Creates something that Fly would create twice if asked twice, or finds what an earlier attempt left. After an ambiguous
 * answer it looks for `lookMs` and tries again only if nothing exists.
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
      // Without an answer it may still take effect; the next `up` looks first.
      if (isStillOpen(error) || attempt === TRIES) throw error;
    }
  }
}
