import type { Cast } from "./cast.ts";
import { type Run, Screen } from "./screen.ts";

const [CELL, LINE, MARGIN, BAR] = [7.9, 18, 16, 34];
/** How long the end stays before it begins again: seconds. */
const REST = 6;
const COLOURS: Readonly<Record<number, string>> = {
  ...{ 31: "#f47067", 32: "#6bc46d", 33: "#daaa3f", 34: "#6cb6ff", 35: "#b083f0", 36: "#56d4dd" },
};

/**
 * The recording as one picture that moves: all lines are below each other once, and are uncovered and moved up as they were
 * written. Whoever wants no motion sees the end. Pure: the same cast gives the same text.
 */
export function asSvg({ width, height, title, events }: Cast): string {
  const screen = new Screen(width);
  const steps = events.map(([at, text]) => {
    screen.write(text);
    return { at, shown: screen.lines().findLastIndex((line) => line.length > 0) + 1 };
  });
  const lines = screen.lines();
  const seconds = (events.at(-1)?.[0] ?? 0) + REST;
  const [w, h] = [Math.ceil(width * CELL + 2 * MARGIN), height * LINE + MARGIN + BAR];
  const frames = steps.filter(({ shown }, index) => shown !== steps[index - 1]?.shown);
  const moved = (shown: number) => -Math.max(0, shown - height) * LINE;
  const end = lines.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${escaped(title)}">
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#cdd9e5;white-space:pre}
.b{font-weight:700}${Object.entries(COLOURS)
    .map(([number, colour]) => `.c${number}{fill:${colour}}`)
    .join("")}
.up{transform:translateY(${moved(end)}px);animation:up ${seconds}s steps(1,end) infinite}
.cover{transform:translateY(${end * LINE}px);animation:cover ${seconds}s steps(1,end) infinite}
@keyframes up{0%{transform:translateY(0)}${frames.map(({ at, shown }) => `${share(at, seconds)}{transform:translateY(${moved(shown)}px)}`).join("")}}
@keyframes cover{0%{transform:translateY(0)}${frames.map(({ at, shown }) => `${share(at, seconds)}{transform:translateY(${shown * LINE}px)}`).join("")}}
@media (prefers-reduced-motion:reduce){.up,.cover{animation:none}}
</style>
<rect width="${w}" height="${h}" rx="8" fill="#22272e"/>
${["#f47067", "#daaa3f", "#6bc46d"].map((colour, index) => `<circle cx="${20 + 18 * index}" cy="17" r="5.5" fill="${colour}"/>`).join("")}
<svg x="${MARGIN}" y="${BAR}" width="${w - 2 * MARGIN}" height="${height * LINE + 4}"><g class="up">
${lines.map(lineOf).join("")}<rect class="cover" width="${w}" height="${(end + height) * LINE}" fill="#22272e"/>
</g></svg>
</svg>
`;
}

function lineOf(runs: readonly Run[], row: number): string {
  if (runs.length === 0) return "";
  const spans = runs.map(({ text, bold, colour }) => {
    const names = [...(bold ? ["b"] : []), ...(colour !== undefined && colour in COLOURS ? [`c${colour}`] : [])];
    return names.length === 0 ? escaped(text) : `<tspan class="${names.join(" ")}">${escaped(text)}</tspan>`;
  });
  return `<text y="${row * LINE + 13}" xml:space="preserve">${spans.join("")}</text>\n`;
}

function share(at: number, seconds: number): string {
  return `${((at / seconds) * 100).toFixed(2)}%`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
