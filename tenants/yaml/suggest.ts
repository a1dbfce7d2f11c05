import { distance } from "fastest-levenshtein";

/** The candidate somebody most probably meant, or nothing: `size_limit` -> `sizeLimit`, `actve` -> `active`. */
export function closestTo(word: string, candidates: readonly string[]): string | undefined {
  const plain = plainly(word);
  const ranked = candidates
    .map((candidate) => ({ candidate, far: distance(plain, plainly(candidate)) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  return best !== undefined && best.far <= tolerance(plain) ? best.candidate : undefined;
}

function plainly(word: string): string {
  return word
    .slice(0, 60)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
}

/** A third of the letters may differ, at most three; of a word of two letters, one. */
function tolerance(word: string): number {
  return Math.min(3, Math.max(1, Math.floor(word.length / 3)));
}

const REWRITES: readonly ((text: string) => string)[] = [
  (text) => text.trim(),
  (text) => text.trim().toLowerCase(),
  (text) => text.toLowerCase().replaceAll(/\s+/g, ""),
  (text) =>
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, "-"),
  (text) => text.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_"),
  (text) => unitsAbbreviated(text.toLowerCase().replaceAll(/\s+/g, "")),
  (text) => `/${text.replace(/^\.?\/+/, "")}`,
  (text) => text.replace(/\/+$/, ""),
  (text) => text.replace(/^\/+/, ""),
];

/** A rewrite of the text that has the wanted form: `90 days` -> `90d`, `1GB` -> `1gb`, `app/data` -> `/app/data`. */
export function closestOfForm(text: string, form: RegExp): string | undefined {
  if (text.length > 200) return undefined;
  return REWRITES.map((rewrite) => rewrite(text)).find((variant) => form.test(variant));
}

function unitsAbbreviated(text: string): string {
  return text
    .replaceAll(/weeks?|wks?/g, "w")
    .replaceAll(/days?/g, "d")
    .replaceAll(/hours?|hrs?/g, "h")
    .replaceAll(/minutes?|mins?/g, "m")
    .replaceAll(/seconds?|secs?/g, "s")
    .replace(/^(\d+)([kmg])(?:ib)?$/, "$1$2b")
    .replaceAll(/and|,/g, "");
}
