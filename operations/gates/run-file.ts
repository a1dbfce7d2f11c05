import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { GateResult } from "./gate.ts";
import type { Made } from "./scratch-tenants.ts";

/** What an unfinished run has measured and made. */
export interface RunState {
  readonly quick: boolean;
  readonly network: string;
  readonly minutes: number;
  /** When the first of its sittings began. */
  readonly measuredAt: string;
  /** How long its sittings took until now. */
  seconds: number;
  results: GateResult[];
  made: Made[];
}

/** The file of a stack's run, which lives as long as something is not measured or not removed. */
export interface RunFile {
  read(): RunState | undefined;
  write(state: RunState): void;
  remove(): void;
}

/** @param home what is not in git lies there */
export function runFile(home: string, stack: string): RunFile {
  const file = join(home, "gates", `${stack}.run.json`);
  return {
    read() {
      if (!existsSync(file)) return undefined;
      return JSON.parse(readFileSync(file, "utf8")) as RunState;
    },
    write(state) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    },
    remove() {
      rmSync(file, { force: true });
    },
  };
}
