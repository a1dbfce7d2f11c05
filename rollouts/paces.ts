import { hasRecords } from "./folder.ts";

/** How a tenant's machine is changed while a rollout brings it something. */
interface Pace {
  readonly rollout: string;
  readonly halt: number;
  readonly atATime: number;
}

/**
 * The tenants of active rollouts, by the records of a project: the provider changes their machines at the rollout's pace.
 * Reads a stack's records once, at its first machine. Throws ROLLOUT_FILES_INVALID.
 */
export function pacesIn(projectDir: string): (stack: string, tenant: string) => Promise<Pace | undefined> {
  const read = new Map<string, Promise<ReadonlyMap<string, Pace>>>();
  return async (stack, tenant) => {
    const paces = read.get(stack) ?? pacesOf(projectDir, stack);
    read.set(stack, paces);
    return (await paces).get(tenant);
  };
}

async function pacesOf(projectDir: string, stack: string): Promise<ReadonlyMap<string, Pace>> {
  if (!hasRecords(projectDir, stack)) return new Map();
  // What reads a record knows all that a tenant file may say: a fifth of what the provider would load at each start.
  const [{ isActive, pinnedIn }, { recordsOf }] = await Promise.all([import("./record.ts"), import("./records.ts")]);
  return new Map(
    recordsOf(projectDir, stack)
      .filter(isActive)
      .flatMap((record) => {
        const { rollout, halt, atATime } = record;
        return [...pinnedIn(record).keys()].map((tenant) => [tenant, { rollout, halt, atATime }] as const);
      }),
  );
}
