import { isDeepStrictEqual } from "node:util";

import type { Known } from "../plugin/resource-type.ts";
import type { FlyMachine } from "./machine-calls.ts";
import type { MachineInputs, MachineState } from "./machine-inputs.ts";

/** States of a machine that a request wakes. */
export const RESTING = ["stopped", "suspended"];

/** Whether a machine is idle: stopped without traffic, not because its program failed. */
export function sleeps({ state, unaskedEnds }: Pick<FlyMachine, "state" | "unaskedEnds">): boolean {
  return RESTING.includes(state) && unaskedEnds.every(({ exitCode, outOfMemory }) => exitCode === 0 && !outOfMemory);
}

/**
 * Whether a machine that was well gets new secrets and nothing else. One that sleeps then need not show that it is well: its
 * config is the one it has run with, and it boots with the secrets of its newest version, whoever wakes it. What Fly keeps of
 * the memory of a suspended one, old secrets and all, goes with the update: that one boots anew.
 */
export function isRotation(known: Known<MachineInputs, MachineState> | undefined, news: MachineInputs): boolean {
  if (known === undefined || known.state.isUnwell === true) return false;
  const { secretsVersion: _, ...before } = known.inputs;
  const { secretsVersion, ...after } = news;
  return secretsVersion !== known.inputs.secretsVersion && !news.suspended && isDeepStrictEqual(before, after);
}
