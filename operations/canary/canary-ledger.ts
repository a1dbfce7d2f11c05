import { join } from "node:path";

import { runLedger, type RunLedger } from "../../stack/run-ledger.ts";

/** Longer than any canary takes. */
const LONGEST_MS = 60 * 60_000;

/** Which canaries run. @param home the folder for what is not in git */
export function canaryLedger(home: string, now: () => Date): RunLedger {
  return runLedger(join(home, "canary"), LONGEST_MS, now);
}
