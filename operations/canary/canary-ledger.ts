import { join } from "node:path";

import { runLedger, type RunLedger } from "../../stack/run-ledger.ts";

/** No canary takes as long. */
const LONGEST_MS = 60 * 60_000;

/** Which canaries run. @param home what is not in git lies there */
export function canaryLedger(home: string, now: () => Date): RunLedger {
  return runLedger(join(home, "canary"), LONGEST_MS, now);
}
