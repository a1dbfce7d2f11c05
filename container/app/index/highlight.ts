import type { Term } from "./search-query.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** A piece of a found text; `match` where it is what was looked for. Plain text: nothing in it is markup. */
export interface Fragment {
  readonly text: string;
  readonly match?: true;
}

/** How many words an excerpt has, and how many of them come before its first match. */
const EXCERPT_WORDS = 24;
const WORDS_BEFORE = 6;

// FTS5's own snippet() and highlight() take a time that grows with the square of the matches in a note: minutes for a
// note of a megabyte that repeats one word, and in a SQLite file that is minutes in which nothing else is answered.

/** A whole text with its matches marked. */
export function highlight(text: string, terms: readonly Term[]): Fragment[] {
  return marked(text, matchesIn(tokensOf(text), terms), { start: 0, end: text.length });
}

/** Some words around the first match in `part`, or its beginning; `…` where something of `part`, or beyond it, is left out. */
export function excerpt(part: string, terms: readonly Term[], beyond: { before: boolean; after: boolean }): Fragment[] {
  const tokens = tokensOf(part);
  const matches = matchesIn(tokens, terms);
  const first = matches[0] === undefined ? 0 : tokens.findIndex(({ start }) => start === matches[0]?.start);
  const from = Math.max(0, first - WORDS_BEFORE);
  const start = from === 0 ? 0 : (tokens[from]?.start ?? 0);
  const end = tokens[from + EXCERPT_WORDS]?.start ?? part.length;
  const shown = { start, end: start + part.slice(start, end).trimEnd().length };
  const ellipsis = (isThere: boolean) => (isThere ? [{ text: "…" }] : []);
  return [
    ...ellipsis(beyond.before || start > 0),
    ...marked(part, matches, shown),
    ...ellipsis(beyond.after || end < part.length),
  ];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function matchesIn(tokens: readonly Token[], terms: readonly Term[]): Range[] {
  const matches: Range[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const lengths = terms.filter((term) => matchesAt(tokens, at, term)).map((term) => term.tokens.length);
    const length = Math.max(0, ...lengths);
    const [first, last] = [tokens[at], tokens[at + length - 1]];
    if (length === 0 || first === undefined || last === undefined) continue;
    matches.push({ start: first.start, end: last.end });
    at += length - 1;
  }
  return matches;
}

function matchesAt(tokens: readonly Token[], at: number, { tokens: wanted, isPrefix }: Term): boolean {
  return wanted.every((word, position) => {
    const found = tokens[at + position]?.word;
    return isPrefix && position === wanted.length - 1 ? found?.startsWith(word) === true : found === word;
  });
}

function marked(text: string, matches: readonly Range[], { start, end }: Range): Fragment[] {
  const fragments: Fragment[] = [];
  const plain = (from: number, to: number) => {
    if (to > from) fragments.push({ text: text.slice(from, to) });
  };
  let at = start;
  for (const match of matches.filter((one) => one.start >= start && one.end <= end)) {
    plain(at, match.start);
    fragments.push({ text: text.slice(match.start, match.end), match: true });
    at = match.end;
  }
  plain(at, end);
  return fragments;
}
