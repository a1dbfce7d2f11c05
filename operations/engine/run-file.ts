import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The file of a run that can be gone on with: it lives as long as something of the run is open. */
export interface RunFile<State> {
  read(): State | undefined;
  write(state: State): void;
  remove(): void;
}

export function runFile<State>(file: string): RunFile<State> {
  return {
    read() {
      if (!existsSync(file)) return undefined;
      return JSON.parse(readFileSync(file, "utf8")) as State;
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
