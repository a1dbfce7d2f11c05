import { readFileSync } from "node:fs";
import { join } from "node:path";

const PLAIN = /^import \{ tenantFleet \} from "[^"]+";\s*export const fleet = await tenantFleet\(\);\s*$/;

/**
 * Whether the project's program is `tenantFleet()` and nothing else. What a program of a project's own hangs on (its hooks,
 * the environment, the day) can't be told from its files.
 */
export function isPlainProgram(projectDir: string): boolean {
  try {
    return isPlain(readFileSync(join(projectDir, "index.ts"), "utf8"));
  } catch {
    return false;
  }
}

/** The same of its text. Pure. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text.replaceAll(/\/\*[^]*?\*\/|^[ \t]*\/\/.*$/gm, "").trim());
}
