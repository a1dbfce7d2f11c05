/** Controls but tab, line feed and NEL; lone carriage returns and surrogates; marks that can't be seen or reorder what is read. */
const FORBIDDEN =
  /(?![\t\n\r\u0085])\p{Cc}|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\r(?!\n)|\p{Cs}/u;

/** The first character that has no place in a file people review, and where it is. */
export function forbiddenCharacter(text: string): { readonly name: string; readonly offset: number } | undefined {
  const found = FORBIDDEN.exec(text);
  if (found === null) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return { name: `U+${code}`, offset: found.index };
}
