import * as z from "zod";

/** What an editor shows about a field. Becomes part of the JSON Schema. */
interface About {
  /** Meaning, unit, and what a change does. */
  readonly description: string;
  /** The built-in default, below the plan's. */
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** A field that a file may leave out. */
export function field<T extends z.ZodType>(schema: T, about: About): z.ZodOptional<T> {
  return schema.meta({ ...about }).optional();
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(
  ...words: T
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, { error: `expected ${orList(words)}` });
}

/** A whole number from `least` to `most`, in steps. */
export function wholeNumber(least: number, most: number, step = 1): z.ZodInt {
  const error = `expected a whole number from ${least} to ${most}` + (step === 1 ? "" : `, a multiple of ${step}`);
  const range = z.int({ error }).min(least, { error }).max(most, { error });
  return step === 1 ? range : range.multipleOf(step, { error });
}

/** A text of a given form; `expected` is the whole message: "expected …". */
export function textLike(pattern: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
