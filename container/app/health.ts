import { type Log, reasonOf } from "./log.ts";
import { Problem } from "./problem.ts";

/** How one part of the service is. */
export type PartHealth =
  { readonly ok: true; readonly ms: number } | { readonly ok: false; readonly ms: number; readonly reason: string };

/**
 * Asks one part how it is, within a limit. A part that hangs is asked no second time until it answers: each question
 * to a hung mount would hold a thread for good.
 */
export class Probe {
  readonly #name: string;
  readonly #work: () => Promise<void>;
  readonly #limitMs: number;
  readonly #log: Log;
  #asked: { readonly at: number; readonly answer: Promise<PartHealth> } | undefined;

  constructor(name: string, work: () => Promise<void>, { limitMs, log }: { limitMs: number; log: Log }) {
    this.#name = name;
    this.#work = work;
    this.#limitMs = limitMs;
    this.#log = log;
  }

  async ask(): Promise<PartHealth> {
    const { at, answer } = (this.#asked ??= this.#begin());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<PartHealth>((resolve) => {
      const left = Math.max(0, at + this.#limitMs - performance.now());
      timer = setTimeout(() => {
        const ms = Math.round(performance.now() - at);
        this.#log("warn", "unhealthy", { part: this.#name, reason: "no answer", ms });
        resolve({ ok: false, ms, reason: "no-answer" });
      }, left);
    });
    const health = await Promise.race([answer, late]);
    clearTimeout(timer);
    return health;
  }

  #begin(): { at: number; answer: Promise<PartHealth> } {
    const at = performance.now();
    const ms = () => Math.round(performance.now() - at);
    const answer = this.#work()
      .then(
        (): PartHealth => ({ ok: true, ms: ms() }),
        (error: unknown): PartHealth => {
          this.#log("warn", "unhealthy", { part: this.#name, reason: reasonOf(error) });
          return { ok: false, ms: ms(), reason: codeOf(error) };
        },
      )
      .finally(() => {
        this.#asked = undefined;
      });
    return { at, answer };
  }
}

/** What a caller is told: a code, not the text of a client or the system. */
function codeOf(error: unknown): string {
  const reason = error instanceof Problem ? error.details["reason"] : undefined;
  return typeof reason === "string" ? reason : "internal";
}
