import { printable } from "./printable.ts";

/** Says what a piece of work is at: a few words, which replace those before. */
export type Tell = (what: string) => void;

/** Where progress is shown. */
export interface Place {
  readonly stream: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
  };
  readonly now: () => number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** What is done sooner says nothing. Milliseconds. */
const PATIENCE_MS = 500;
const FRAME_MS = 100;
/** How often a log, as in CI, hears of work that goes on. */
const LOG_MS = 15_000;
const CLEAR = "\r\u001b[K";

let shown: Line | undefined;

/**
 * Does `work`, and says on standard error that it goes on: on a terminal in one moving line that is gone when it ends, in
 * a log by a line every 15 seconds. Within another `during` the outer one goes on saying what it says.
 */
export async function during<T>(
  label: string,
  work: (tell: Tell) => Promise<T>,
  place: Place = { stream: process.stderr, now: () => performance.now() },
): Promise<T> {
  if (shown !== undefined) return work(() => undefined);
  const line = new Line(label, place);
  shown = line;
  try {
    return await work((what) => {
      line.what = what;
    });
  } finally {
    shown = undefined;
    line.end();
  }
}

/** Removes the progress line from the terminal, so that another line can be printed; it reappears by itself. */
export function stepAside(): void {
  shown?.clear();
}

class Line {
  what = "";
  readonly #label: string;
  readonly #place: Place;
  readonly #begun: number;
  readonly #timer: NodeJS.Timeout;
  #isDrawn = false;
  #frame = 0;

  constructor(label: string, place: Place) {
    this.#label = label;
    this.#place = place;
    this.#begun = place.now();
    const isTerminal = place.stream.isTTY === true;
    this.#timer = setInterval(isTerminal ? () => this.#draw() : () => this.#log(), isTerminal ? FRAME_MS : LOG_MS);
    this.#timer.unref();
  }

  clear(): void {
    if (this.#isDrawn) this.#place.stream.write(CLEAR);
    this.#isDrawn = false;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    if (this.#place.now() - this.#begun < PATIENCE_MS) return;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const text = `${FRAMES[this.#frame] ?? ""} ${this.#words()}`;
    // A line that wraps could not be taken back. A terminal that does not tell its width says 0.
    const room = (this.#place.stream.columns || 80) - 1;
    this.#place.stream.write(`${CLEAR}${text.slice(0, room)}`);
    this.#isDrawn = true;
  }

  #log(): void {
    this.#place.stream.write(`${this.#words()}\n`);
  }

  #words(): string {
    const seconds = Math.round((this.#place.now() - this.#begun) / 1000);
    const what = printable(this.what);
    return `${this.#label}${what === "" ? "" : `: ${what}`} (${seconds} s)`;
  }
}
