import { AsyncLocalStorage } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

/** Who set a timer: with whom it goes when he is killed. */
export const runs = new AsyncLocalStorage<string>();

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: string | undefined;
  readonly fire: () => void;
  readonly handle: Handle;
}

/** What code that sets a timer gets for it. */
interface Handle {
  unref(): Handle;
  ref(): Handle;
}

const realImmediate = setImmediate;
const RealDate = Date;
/** Turns of the event loop after which whatever was under way has come to a timer. Nothing here waits for a disk or a socket. */
const TURNS = 6;

/**
 * Time of this process, which is still while anything is under way and then leaps to the next timer. A library for fake
 * timers lets a real millisecond go by at each of them, and a simulated day has a hundred thousand.
 */
export class VirtualTime {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  /** Puts it in the place of all clocks and timers of this process, for good. */
  install(): void {
    const now = () => this.#now;
    globalThis.Date = class extends RealDate {
      constructor(...given: ConstructorParameters<typeof Date> | []) {
        if (given.length === 0) super(now());
        else super(...given);
      }
      static override now = now;
    } as DateConstructor;
    Object.defineProperty(performance, "now", { value: now });
    const set = (fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => this.after(ms, () => fire(...args));
    const every = (fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      this.#every(ms, () => fire(...args));
    const clear = (handle: unknown) => {
      this.#timers = this.#timers.filter((timer) => timer.handle !== handle);
    };
    Object.assign(globalThis, { setTimeout: set, setInterval: every, clearTimeout: clear, clearInterval: clear });
    Object.assign(timersPromises, { setTimeout: this.#sleep.bind(this) });
    syncBuiltinESMExports();
  }

  /** Does `fire` so many milliseconds from now, as whoever asks for it now. */
  after(ms: number, fire: () => void, handle: Handle = { unref: () => handle, ref: () => handle }): Handle {
    const timer = {
      at: this.#now + Math.max(0, ms || 0),
      order: (this.#order += 1),
      run: runs.getStore(),
      fire,
      handle,
    };
    const place = this.#timers.findLastIndex(({ at }) => at <= timer.at);
    this.#timers.splice(place + 1, 0, timer);
    return handle;
  }

  /** Forgets the timers of a run that was killed. */
  kill(run: string): void {
    this.#timers = this.#timers.filter((timer) => timer.run !== run);
  }

  /** Lets time pass until `work` is done. Throws when it never will be, or not within so many milliseconds. */
  async until<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
    const outcome = { isDone: false };
    const done = () => (outcome.isDone = true);
    work.then(done, done);
    const limit = this.#now + limitMs;
    for (;;) {
      await turns();
      if (outcome.isDone) return work;
      if (this.#timers.length === 0 && (await stillIdle(() => outcome.isDone || this.#timers.length > 0)))
        throw new Error("nothing is under way any more, and it is not done");
      if (this.#now > limit) throw new Error(`not done within ${limitMs} ms`);
      this.#next();
    }
  }

  /** Lets so many milliseconds pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    while ((this.#timers[0]?.at ?? Infinity) <= end) {
      this.#next();
      await turns();
    }
    this.#now = end;
  }

  /** Makes it this time, and forgets all timers. */
  set(now: number): void {
    this.#now = now;
    this.#timers = [];
  }

  #next(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.at);
    if (timer.run === undefined) runs.exit(timer.fire);
    else runs.run(timer.run, timer.fire);
  }

  #every(ms: number, fire: () => void): Handle {
    const again = (handle?: Handle): Handle =>
      this.after(
        Math.max(1, ms),
        () => {
          again(own);
          fire();
        },
        handle,
      );
    const own = again();
    return own;
  }

  #sleep<Value>(ms = 1, value?: Value, { signal }: { signal?: AbortSignal } = {}): Promise<Value> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        reject(
          Object.assign(new Error("The operation was aborted"), {
            name: "AbortError",
            cause: signal?.reason as unknown,
          }),
        );
      };
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort, { once: true });
      this.after(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve(value as Value);
      });
    });
  }
}

/** What is loaded for the first time takes its time outside. True: nothing has come of it. */
async function stillIdle(isBusy: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 20_000 && !isBusy(); turn += 1) await turns();
  return !isBusy();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => realImmediate(resolve));
}
