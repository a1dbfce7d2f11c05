import type { Scope } from "./measurement.ts";
import type { GateMachine, ScratchTenants, Sides } from "./scratch-tenants.ts";

/**
 * Measures on a machine of its own, which is removed afterwards. A quick run takes the machine that its other gates use too:
 * most of what such a run takes is the starts of machines.
 */
export async function withMachine<Result>(
  scratch: ScratchTenants,
  sides: Sides,
  { quick }: Pick<Scope, "quick">,
  measure: (machine: GateMachine) => Promise<Result>,
): Promise<Result> {
  if (quick) return measure(await scratch.shared(sides));
  const machine = await scratch.machine(sides);
  const result = await measure(machine);
  await scratch.remove(machine);
  return result;
}
