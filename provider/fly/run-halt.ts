import { TenantryError } from "../../errors/tenantry-error.ts";
import { HalfDone } from "../plugin/resource-type.ts";
import type { Serving } from "../http/serving.ts";
import { flyErrors } from "./errors.ts";
import { counted } from "../../output/counted.ts";

/** The result of a change that left an idle machine idle. */
export const UNTRIED = Symbol("untried");

/** How many machines may fail their checks in one run before no further machine changes. */
export const MAX_FAILED_MACHINES = 3;

/**
 * Stops a run that breaks one machine after the other. For each image, it changes only as many machines at a time as may
 * still fail, until one of them is ready. When that many have failed in this run, with any image, it starts no further one:
 * it throws FLY_HALTED and leaves the machine unchanged.
 */
export class RunHalt {
  readonly #most: number;
  readonly #atATime: number;
  readonly #ready = new Set<string>();
  readonly #underWay = new Map<string, number>();
  #failed = 0;
  #next = Promise.withResolvers<undefined>();

  /** @param atATime machines that are changed at a time, whatever is known of their image; default: no limit */
  constructor(most: number = MAX_FAILED_MACHINES, atATime = Infinity) {
    this.#most = most;
    this.#atATime = atATime;
  }

  /**
   * Does `change`, which brings one machine to this image and waits for its checks, when its turn has come. What it gives as
   * `UNTRIED` was left asleep, and says nothing of the image.
   */
  async guard<Result>(image: string, to: Serving, change: () => Promise<Result>): Promise<Result> {
    while (!this.#mayBegin(image, to)) await this.#turn(to.signal);
    this.#count(image, 1);
    try {
      const result = await change();
      if (result !== UNTRIED) this.#ready.add(image);
      return result;
    } catch (error) {
      if (isUnhealthy(error)) this.#failed += 1;
      throw error;
    } finally {
      this.#count(image, -1);
      this.#next.resolve(undefined);
      this.#next = Promise.withResolvers<undefined>();
    }
  }

  #mayBegin(image: string, { tenant }: Serving): boolean {
    if (this.#failed >= this.#most) {
      const what = `${counted(this.#failed, "machine")} failed their checks in this run; this one was not changed`;
      throw new TenantryError(flyErrors.FLY_HALTED, what, { tenant });
    }
    const all = [...this.#underWay.values()].reduce((sum, each) => sum + each, 0);
    if (all >= this.#atATime) return false;
    // Changes in progress may fail too: a failed one makes room for no other.
    return this.#ready.has(image) || this.#failed + (this.#underWay.get(image) ?? 0) < this.#most;
  }

  #count(image: string, by: 1 | -1): void {
    this.#underWay.set(image, (this.#underWay.get(image) ?? 0) + by);
  }

  /** Until another machine is through. Rejects when the run is cancelled. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const cancelled = Promise.withResolvers<never>();
    const cancel = () => {
      cancelled.reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await Promise.race([this.#next.promise, cancelled.promise]);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }
}

function isUnhealthy(error: unknown): boolean {
  const cause = error instanceof HalfDone ? error.cause : error;
  return TenantryError.is(cause, flyErrors.FLY_UNHEALTHY) || TenantryError.is(cause, flyErrors.FLY_TAKEN_BACK);
}
