import { join } from "node:path";

import { type RunFile, runFile as fileOfRun } from "../engine/run-file.ts";
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

/** The file of a stack's run, which lives as long as something is not measured or not removed. @param home what is not in git lies there */
export function runFile(home: string, stack: string): RunFile<RunState> {
  return fileOfRun(join(home, "gates", `${stack}.run.json`));
}
