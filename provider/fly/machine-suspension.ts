import { type KnownMachine, type LeasedMachine, settled, stop } from "./machine-change.ts";
import { normalised } from "./machine-config.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { RESTING } from "./machine-sleep.ts";
import { type Before, BEFORE_MARK, withoutMarks } from "./machine-marks.ts";

/**
 * The mark that a machine's new config carries. A machine that is about to be suspended gets it before it is stopped, by
 * itself: after a crash in between nothing else tells how it was. One that is resumed keeps the mark `stopped` until it is
 * stopped again (`restAgain`), for the same reason. Undefined: it carries none.
 */
export async function beforeSuspension(
  { client, at, nonce, to }: LeasedMachine,
  { state, config }: KnownMachine,
  news: MachineInputs,
  olds: MachineInputs | undefined,
): Promise<Before | undefined> {
  const { before } = withoutMarks(normalised(config));
  if (!news.suspended) return before === "stopped" ? before : undefined;
  if (before !== undefined || olds === undefined || olds.suspended) return before;
  const found = RESTING.includes(state) ? "stopped" : "started";
  await client.markMachine(at, [BEFORE_MARK, found], nonce, to);
  return found;
}

/**
 * Stops a machine that ran only to prove that it is healthy: it was stopped before its suspension, and a request starts it
 * again.
 */
export async function restAgain(leased: LeasedMachine): Promise<void> {
  await stop(leased, await settled(leased));
  await leased.client.markMachine(leased.at, [BEFORE_MARK, undefined], leased.nonce, leased.to);
}
