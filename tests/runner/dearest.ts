import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const SHOWN = 10;
/** Seconds. Who runs one cheap file wants no list of it. */
const WORTH_TELLING = 1;

/**
 * Lines that name the test files that have used most of the processor, with all that they started, and what all have used. By
 * `costs`, a file that tests/support/realm/environment.js writes.
 */
export function dearest(costs: string, projectDir: string): string[] {
  if (!existsSync(costs)) return [];
  const files = readFileSync(costs, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [seconds = "", ...path] = line.split(" ");
      return { seconds: Number(seconds), name: relative(projectDir, path.join(" ")) };
    })
    .sort((one, other) => other.seconds - one.seconds);
  const shown = files.filter(({ seconds }) => seconds >= WORTH_TELLING).slice(0, SHOWN);
  if (shown.length === 0) return [];
  const all = files.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `the test files used ${Math.round(all)} s of the processor; most of it:`,
    ...shown.map(({ seconds, name }) => `${Math.round(seconds).toString().padStart(5)} s  ${name}`),
  ];
}
