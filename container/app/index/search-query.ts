import { tokensOf } from "./tokens.ts";

/** Something that has to occur: one word, or several in this order. */
export interface Term {
  readonly tokens: readonly string[];
  /** The last word is only the beginning of one. */
  readonly isPrefix: boolean;
}

export interface SearchQuery {
  /** The query as an FTS5 expression. */
  readonly expression: string;
  readonly terms: readonly Term[];
}

/**
 * What a person typed: all words have to occur, `"a phrase"` as it is, `wor*` as a beginning. Everything is quoted, so
 * that nothing of it is FTS5's own syntax. Undefined: there is nothing to look for.
 */
export function parseSearchQuery(typed: string): SearchQuery | undefined {
  const parts = [...typed.replaceAll("\0", " ").matchAll(/"([^"]*)"?|([^\s"]+)/g)].map(([, phrase, word = ""]) => ({
    text: phrase ?? word.replace(/\*+$/, ""),
    isPrefix: phrase === undefined && word.endsWith("*"),
  }));
  const terms = parts
    .map(({ text, isPrefix }) => ({ tokens: tokensOf(text).map(({ word }) => word), isPrefix, text }))
    .filter(({ tokens }) => tokens.length > 0);
  if (terms.length === 0) return undefined;
  const expression = terms.map(({ text, isPrefix }) => `"${text}"${isPrefix ? "*" : ""}`).join(" ");
  return { expression, terms };
}
