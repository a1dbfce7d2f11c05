import type * as z from "zod";

import type { Path, Problem } from "../model/problem.ts";

/**
 * What is left of the value without the fields that are wrong, so that it can be checked in the same go. A list with a wrong
 * entry goes as a whole, as entries must keep their places, and so does a map that lost a field it can't do without.
 */
export function soundPart<T>(schema: z.ZodType<T>, value: unknown, wrong: readonly Problem[]): T | undefined {
  const part: unknown = structuredClone(value);
  for (const { path } of wrong) remove(part, path);
  const first = schema.safeParse(part);
  if (first.success) return first.data;
  for (const { path } of first.error.issues) remove(part, path.slice(0, -1));
  return schema.safeParse(part).data;
}

function remove(value: unknown, path: Path): void {
  const list = path.findIndex((step) => typeof step === "number");
  const whole = list === -1 ? path : path.slice(0, list);
  const last = whole.at(-1);
  const holder = whole.slice(0, -1).reduce<unknown>((inner, step) => (isMap(inner) ? inner[step] : undefined), value);
  if (last !== undefined && isMap(holder)) Reflect.deleteProperty(holder, last);
}

function isMap(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether a problem is one by itself, or might only come from a field that was left out as wrong. */
export function standsAlone({ path, or = [] }: Problem, wrong: readonly Problem[]): boolean {
  return ![path, ...or].some((mine) => wrong.some((other) => overlap(mine, other.path)));
}

function overlap(a: Path, b: Path): boolean {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((step, index) => step === b[index]);
}
