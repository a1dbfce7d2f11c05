import { isActive, pinnedIn } from "./record.ts";
import { recordsOf } from "./store.ts";

/** How a tenant's machine is changed while a rollout brings it something. */
interface Pace {
  readonly rollout: string;
  readonly halt: number;
  readonly atATime: number;
}

/**
 * Who has something from a rollout that is under way, as the records of a project say: the provider changes their machines at
 * its pace, whoever runs it. Reads a stack's records once, when its first machine comes by. Throws ROLLOUT_FILES_INVALID.
 */
export function pacesIn(projectDir: string): (stack: string, tenant: string) => Pace | undefined {
  const read = new Map<string, ReadonlyMap<string, Pace>>();
  return (stack, tenant) => {
    const paces = read.get(stack) ?? pacesOf(projectDir, stack);
    read.set(stack, paces);
    return paces.get(tenant);
  };
}

function pacesOf(projectDir: string, stack: string): ReadonlyMap<string, Pace> {
  return new Map(
    recordsOf(projectDir, stack)
      .filter(isActive)
      .flatMap((record) => {
        const { rollout, halt, atATime } = record;
        return [...pinnedIn(record).keys()].map((tenant) => [tenant, { rollout, halt, atATime }] as const);
      }),
  );
}
