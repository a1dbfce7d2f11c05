/** Beginnings (and one middle) that credentials of well-known makers have. */
const KNOWN_SECRETS =
  /^(?:tsec_|tid_|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|npm_|sk[-_]|rk_live_|pk_live_|xox[abeoprs]-|FlyV1 |fm[12][ar]?_|eyJ[\w-]+\.|AIza|SG\.|hf_|-----BEGIN )|[?&](?:authToken|token|password|secret|api_?key)=|^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*:[^/?#@\s]+@/i;

/** A long word of mixed letters and digits, as random keys are; no path, no address, no sentence. */
const LONG_WORD = /^[A-Za-z0-9+/_=-]{24,}$/;

/**
 * Whether a text is probably a credential. A guess: it knows common makers, user:password in an address, and long random words.
 * Digests in hex and UUIDs pass.
 */
export function looksLikeSecret(text: string): boolean {
  return KNOWN_SECRETS.test(text.trim()) || looksRandom(text.trim());
}

function looksRandom(word: string): boolean {
  if (!LONG_WORD.test(word) || word.startsWith("/")) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(word)).length;
  return kinds === 3 && bitsPerCharacter(word) > 3.7;
}

function bitsPerCharacter(word: string): number {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / word.length) * Math.log2(count / word.length), 0);
}
