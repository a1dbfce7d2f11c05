import type { Path } from "../model/problem.ts";
import { looksLikeSecret } from "../model/secret-likeness.ts";

/** `access[1].name`. Keys come from the file, so what could be a secret, or steer a terminal, is not repeated. */
export function printablePath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : (index === 0 ? "" : ".") + printableKey(String(step)),
    )
    .join("");
}

/** A key as it can be shown. */
export function printableKey(key: string): string {
  if (looksLikeSecret(key)) return "(not shown)";
  return /^[\w-]{1,60}$/.test(key) ? key : JSON.stringify(key.length > 60 ? `${key.slice(0, 59)}…` : key);
}
