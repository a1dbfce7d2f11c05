import { rmSync } from "node:fs";

declare global {
  /** Set by tests/support/realm/environment.js. */
  var aTestHasFailed: boolean | undefined;
}

/** Removes a folder that a test made. Once a test or a hook of its file has failed the folder stays, and its path is printed. */
export function discard(dir: string): void {
  if (globalThis.aTestHasFailed === true) say(`kept, for a test has failed: ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
}

/** Prints what helps to understand a failure, once a test or a hook of this file has failed. */
export function tellIfFailed(title: string, text: () => string): void {
  if (globalThis.aTestHasFailed === true) say(`${title}\n${text()}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
