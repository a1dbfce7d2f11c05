import { Unknown } from "./unknown.ts";
import type { Properties } from "./wire.ts";

/** How a setting differs: it is new, gone, or has another value. */
export type Change = "add" | "delete" | "update";

/** One setting that differs. */
export interface Difference {
  /** Pulumi's property path: `config.env.LOG_LEVEL`, `checks[0]`, `values["a.b"]`. */
  readonly path: string;
  /** The top-level input it lies in. */
  readonly input: string;
  readonly change: Change;
}

/** Every setting that differs between two sets of inputs, the deepest place each. A value not known yet differs from all. */
export function differences(olds: Properties, news: Properties): Difference[] {
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  return keys.flatMap((input) =>
    compare(step("", input), olds[input], news[input]).map(({ path, change }) => ({ path, input, change })),
  );
}

function compare(path: string, old: unknown, now: unknown): { path: string; change: Change }[] {
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [{ path, change: "add" }];
  if (now === undefined) return [{ path, change: "delete" }];
  if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }, (_, index) => compare(`${path}[${index}]`, old[index], now[index])).flat();
  }
  if (isMap(old) && isMap(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => compare(step(path, key), old[key], now[key]));
  }
  return Object.is(old, now) && !(now instanceof Unknown) ? [] : [{ path, change: "update" }];
}

function isMap(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

function step(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
