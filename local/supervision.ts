import { setTimeout as sleep } from "node:timers/promises";

import { TenantryError } from "../errors/tenantry-error.ts";
import type { EngineProcess } from "./engine.ts";
import { cloudErrors } from "./errors.ts";
import type { Engine } from "./surface.ts";

/** How an engine of the embedded cloud does: for `cloud status`, `doctor` and the first line of a verb. */
export interface EngineState {
  readonly name: string;
  /** `down`: it ended and does not come up again; it is tried on and on. */
  readonly state: "up" | "restarting" | "down";
  readonly pid: number;
  /** How often it was started again since the cloud came up. */
  readonly restarts: number;
  /** The last time that it had to be started again: when, and what had become of it. */
  readonly lastFailure?: { readonly at: string; readonly why: string };
}

/** An engine that is started again whenever it ends or stops answering. */
export interface SupervisedEngine extends Engine {
  state(): EngineState;
}

/** Milliseconds. */
export interface Patience {
  /** How long a start may take. */
  readonly start: number;
  /** Between two looks. */
  readonly look: number;
  /** How long an engine may leave a look unanswered before it counts as dead: long, for a busy computer is no fault. */
  readonly silence: number;
  /** The longest pause before another start. */
  readonly pause: number;
}

export const PATIENCE: Patience = { start: 20_000, look: 2000, silence: 20_000, pause: 10_000 };

const POLL_MS = 10;

export interface Supervision {
  readonly name: string;
  launch(): Promise<EngineProcess>;
  /** Whether it does its work right now. It may leave the question open for as long as it likes. */
  isWell(): Promise<boolean>;
  readonly clock: () => Date;
  log(line: string): void;
  readonly patience?: Patience;
}

/** Starts an engine, waits until it is well, and keeps it so until `stop`. Throws CLOUD_ENGINE_DID_NOT_START. */
export async function supervise(what: Supervision): Promise<SupervisedEngine> {
  const { name, clock, log, patience = PATIENCE } = what;
  let running = await comeUp(what, patience);
  let state: EngineState = { name, state: "up", pid: running.pid, restarts: 0 };
  const stopping = new AbortController();

  const watch = async () => {
    while (!stopping.signal.aborted) {
      const why = await untilUnwell(running, what, patience, stopping.signal);
      if (why === undefined) return;
      log(`${name} (pid ${running.pid}) is started again: ${why}`);
      state = { ...state, state: "restarting", lastFailure: { at: clock().toISOString(), why } };
      await running.kill();
      for (let pause = POLL_MS; !isAborted(stopping.signal); pause = Math.min(pause * 4, patience.pause)) {
        try {
          running = await comeUp(what, patience);
          state = { ...state, state: "up", pid: running.pid, restarts: state.restarts + 1 };
          break;
        } catch (error) {
          log(`${name} does not come up: ${error instanceof Error ? error.message : String(error)}`);
          state = { ...state, state: "down" };
          await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
        }
      }
    }
  };
  const watching = watch();
  return {
    get pid() {
      return running.pid;
    },
    state: () => state,
    async stop() {
      stopping.abort();
      await Promise.all([watching, running.stop()]);
      // It may just have been started again.
      await running.stop();
    },
  };
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function comeUp({ name, launch, isWell }: Supervision, { start }: Patience): Promise<EngineProcess> {
  const engine = await launch();
  let end: string | undefined;
  void engine.ended.then((how) => (end = how));
  for (const started = performance.now(); performance.now() - started < start;) {
    if (await within(start, isWell())) return engine;
    if (end !== undefined) break;
    await sleep(POLL_MS);
  }
  await engine.kill();
  const what = end === undefined ? `did not answer in ${start} ms` : `ended: ${end}`;
  throw new TenantryError(cloudErrors.CLOUD_ENGINE_DID_NOT_START, `${name} ${what}`);
}

/** Waits until the engine ends or stops answering, and returns which; undefined when it is no longer needed. */
async function untilUnwell(
  engine: EngineProcess,
  { isWell }: Supervision,
  { look, silence }: Patience,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    stopping.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  for (let lastWell = performance.now(); ;) {
    if (isAborted(stopping)) return undefined;
    const pause = new AbortController();
    const looked = sleep(look, undefined, { signal: pause.signal }).then(
      () => within(silence, isWell()),
      () => true,
    );
    const event = await Promise.race([engine.ended, stopped, looked]);
    pause.abort();
    if (isAborted(stopping)) return undefined;
    if (typeof event === "string") return event;
    if (event === true) lastWell = performance.now();
    else if (performance.now() - lastWell >= silence) return `no answer for ${Math.round(silence / 1000)} s`;
  }
}

/** False for an answer that does not come in time. */
async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  const late = new AbortController();
  const none = sleep(ms, false, { signal: late.signal }).catch(() => false);
  const first = await Promise.race([answer.catch(() => false), none]);
  late.abort();
  return first;
}
