import * as z from "zod";

const EXPECTED = "expected global, usa, eur, or one or two different region codes such as fra or iad";
const CODE = /^[a-z]{3}$/;
/** Several regions that Tigris names as one; never combined with others. */
const CONTINENTS = ["usa", "eur"];
const EVERYWHERE = "global";

/**
 * The location of a bucket's data, in the form in which it is stored and compared: `global`, `usa`, `eur`, `fra`, or two
 * codes in alphabetical order, `fra,iad`. Undefined when it is none of these.
 *
 * Which codes there are is left to Tigris, so that a new region needs no new provider.
 * Source: tigris-os-docs, docs/buckets/locations.md.
 */
export function canonicalLocations(given: string | readonly string[]): string | undefined {
  const codes = (typeof given === "string" ? given.split(",") : given).map((code) => code.trim()).toSorted();
  const [first] = codes;
  if (codes.length === 1 && (first === EVERYWHERE || first === "")) return EVERYWHERE;
  const isOne = codes.length === 1;
  const isPair = codes.length === 2 && first !== codes[1] && !codes.some((code) => CONTINENTS.includes(code));
  return (isOne || isPair) && codes.every((code) => CODE.test(code)) ? codes.join(",") : undefined;
}

/** Tigris' value as an input: canonical if the form is known, otherwise unchanged, so that it shows as drift. */
export function shownLocations(shown: string | readonly string[] | null | undefined): string {
  const text = shown ?? "";
  return canonicalLocations(text.length === 0 ? "" : text) ?? (typeof text === "string" ? text : text.join(","));
}

/** The value for Tigris: none for `global`. Source: @tigrisdata/storage, bucket/create.ts and bucket/update.ts. */
export function wireLocations(canonical: string): string {
  return canonical === EVERYWHERE ? "" : canonical;
}

/** The input: a text like `global` or `fra,iad`, or a list of codes. Parsed to its canonical form. */
export const locationsInput = z
  .union([z.string(), z.array(z.string())], { error: EXPECTED })
  .transform((given, context) => {
    const canonical = given === "" ? undefined : canonicalLocations(given);
    if (canonical !== undefined) return canonical;
    context.issues.push({ code: "custom", message: EXPECTED, input: given });
    return z.NEVER;
  });
