import { sizeOf } from "../../output/markdown.ts";

/** One part of a text that may be told at length or in one line. */
export interface Section {
  readonly long: string;
  readonly short: string;
  /** Of those that cannot all be told at length, the ones with the highest rank are. */
  readonly rank: number;
}

/**
 * The sections in their order, in at most `limit` bytes: at length as long as there is room, then in one line each, then
 * only counted by the line that `left` makes of how many were left out.
 */
export function fitted(sections: readonly Section[], limit: number, left: (count: number) => string): string[] {
  const sum = (texts: readonly string[]) => texts.reduce((all, text) => all + sizeOf(text) + 1, 0);
  const shorts = sections.map(({ short }) => short);
  let room = limit - sum(shorts);
  if (room < 0) return cut(shorts, limit - sizeOf(left(sections.length)) - 1, left);
  const byRank = sections
    .map((section, place) => ({ ...section, place }))
    .sort((a, b) => b.rank - a.rank || a.place - b.place);
  const isLong = new Set<number>();
  for (const { long, short, place } of byRank) {
    const more = sizeOf(long) - sizeOf(short);
    if (more > room) continue;
    room -= more;
    isLong.add(place);
  }
  return sections.map(({ long, short }, place) => (isLong.has(place) ? long : short));
}

function cut(texts: readonly string[], limit: number, left: (count: number) => string): string[] {
  let room = limit;
  const end = texts.findIndex((text) => (room -= sizeOf(text) + 1) < 0);
  return end < 0 ? [...texts] : [...texts.slice(0, end), left(texts.length - end)];
}
