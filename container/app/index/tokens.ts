/** A word of a text, and where it is. */
export interface Token {
  /** Without case and accents, as the index compares words. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text, as FTS5's tokenizer unicode61 with remove_diacritics sees them. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu)].map(({ 0: word, index }) => ({
    word: word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase(),
    start: index,
    end: index + word.length,
  }));
}
