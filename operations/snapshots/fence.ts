import { setTimeout as sleep } from "node:timers/promises";

import { type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import type { TursoClient } from "../../provider/turso/client.ts";
import type { ConfigurationPatch } from "../../provider/turso/database-calls.ts";
import { snapshotErrors } from "./errors.ts";

/** Pauses before a database is set again as it has to be, where Turso does not answer, in ms. */
const PAUSES_MS = [0, 200, 1000, 3000, 10_000];

/**
 * Does `work` while the database refuses writes, and answers for how many ms it did. A database that refuses them already, as a
 * suspended tenant's, stays so. The fence is taken off also where `work` fails or is broken off; a process that is killed in
 * between leaves it, and the next `up` takes it off. Throws SNAPSHOT_STILL_FENCED, and what `work` throws.
 */
export async function fenced<Result>(
  turso: Pick<TursoClient, "configuration" | "configure">,
  database: string,
  { tenant, signal }: { readonly tenant: string; readonly signal: AbortSignal },
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly ms: number }> {
  if ((await turso.configuration(database, { tenant, signal }))?.blockWrites === true)
    return { result: await work(), ms: 0 };
  const from = performance.now();
  let result: Result;
  try {
    await turso.configure(database, { block_writes: true }, { tenant, signal });
    result = await work();
  } finally {
    await configureSurely(turso, database, { block_writes: false }, tenant, snapshotErrors.SNAPSHOT_STILL_FENCED);
  }
  return { result, ms: Math.round(performance.now() - from) };
}

/** Sets a database so, and asks again where Turso does not answer. Throws an error of this kind in the end. */
export async function configureSurely(
  turso: Pick<TursoClient, "configure">,
  database: string,
  patch: ConfigurationPatch,
  tenant: string,
  kind: ErrorKind,
): Promise<void> {
  let cause: unknown;
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    try {
      await turso.configure(database, patch, { tenant });
      return;
    } catch (error) {
      cause = error;
    }
  }
  throw new TenantryError(kind, `database ${database}`, { tenant, cause: cause as Error });
}
