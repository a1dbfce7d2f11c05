/** A recording in asciicast's second version (docs.asciinema.org/manual/asciicast/v2): what was written, and when. */
export interface Cast {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Seconds since the beginning, and what was written then. */
  readonly events: readonly (readonly [seconds: number, text: string])[];
}

/** The file's text: a header, and an event a line. */
export function castText({ events, ...header }: Cast): string {
  const lines = [{ version: 2, ...header }, ...events.map(([at, text]) => [at, "o", text])];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

export function parseCast(text: string): Cast {
  const [header = "{}", ...lines] = text.trimEnd().split("\n");
  const { width, height, title } = JSON.parse(header) as Omit<Cast, "events">;
  const events = lines.map((line) => JSON.parse(line) as [number, string, string]);
  return { width, height, title, events: events.map(([at, , written]) => [at, written] as const) };
}

const ESCAPE = "\u001b";
/** One frame of the line that moves while a verb works (output/progress.ts). */
const FRAME = new RegExp(`^\r${ESCAPE}\\[K[\u2800-\u28ff] [^\n]*$`, "u");

/**
 * The same without what only waits: no pause is longer than `most` seconds, of the moving line a frame a second is left, and
 * that second is a fifth of one. What comes within `together` seconds is one event.
 */
export function quickened(cast: Cast, { most, together }: { most: number; together: number }): Cast {
  const events: [number, string][] = [];
  let [before, now] = [0, 0];
  let frameBefore = -1;
  for (const [at, text] of cast.events) {
    const isFrame = FRAME.test(text);
    if (isFrame && frameBefore >= 0 && at - frameBefore < 1) continue;
    now += Math.min(at - before, isFrame ? most / 6 : most);
    before = at;
    frameBefore = isFrame ? at : -1;
    const last = events.at(-1);
    if (last !== undefined && now - last[0] < together) last[1] += text;
    else events.push([Math.round(now * 100) / 100, text]);
  }
  return { ...cast, events };
}
