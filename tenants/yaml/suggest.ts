import { distance } from "fastest-levenshtein";

/** The candidate somebody most probably meant, or nothing: `size_limit` -> `sizeLimit`, `actve` -> `active`. */
export function closestTo(word: string, candidates: readonly string[]): string | undefined {
  const plain = plainly(word);
  const ranked = candidates
    .map((candidate) => ({ candidate, far: mistakesBetween(plain, plainly(candidate)) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  return best !== undefined && best.far <= tolerance(plain) ? best.candidate : onlyOneAround(plain, candidates);
}

/** Letters in another order are one mistake: `dve` -> `dev`. */
function mistakesBetween(word: string, other: string): number {
  const sameLetters = Array.from(word).sort().join("") === Array.from(other).sort().join("");
  return sameLetters ? Math.min(1, distance(word, other)) : distance(word, other);
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

/** `us-east-1` -> `aws-us-east-1`, `owner_email` -> `owner`; nothing where two candidates fit. */
function onlyOneAround(plain: string, candidates: readonly string[]): string | undefined {
  const around = candidates.filter((candidate) => {
    const [short, long] = [plain, plainly(candidate)].sort((a, b) => a.length - b.length) as [string, string];
    return short.length >= 4 && long.includes(short);
  });
  return around.length === 1 ? around[0] : undefined;
}

/** Each way of writing that people bring along; the first that gives the wanted form is proposed. */
const REWRITES: readonly ((text: string) => string)[] = [
  (text) => text.trim(),
  (text) => text.trim().toLowerCase(),
  (text) =>
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, "-"),
  (text) => text.toLowerCase().replaceAll(/\s+/g, ""),
  (text) => unitsAbbreviated(text.toLowerCase().replaceAll(/\s+/g, "")),
  (text) => `/${text.replace(/^\.?\/+/, "")}`,
  (text) => text.replace(/\/+$/, ""),
  (text) => text.replace(/^\/+/, ""),
  (text) => text.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_"),
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
