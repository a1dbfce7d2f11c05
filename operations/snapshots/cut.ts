import type { TigrisClient } from "../../provider/tigris/client.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { fenced } from "./fence.ts";

/** What a cut is taken of, and with. */
export interface Cutting {
  readonly holdings: Pick<Holdings, "tenant" | "bucket" | "turso" | "database">;
  readonly tigris: TigrisClient;
  /**
   * Has the tenant's machine upload what its app has written; throws when that takes longer than `seconds`. Undefined: no
   * machine runs.
   */
  readonly flush: ((seconds: number) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What the machine has to upload is little by the time the fence is up. */
const SECONDS_BEFORE = 60;
const SECONDS_FENCED = 1;

/**
 * Files and rows of a tenant at one instant: the database refuses writes while the bucket's snapshot is taken, so that whoever
 * writes a file and then a row about it is at most one write apart in it. Throws TIGRIS_NO_SNAPSHOTS, SNAPSHOT_FILES_BUSY.
 */
export async function takeCut({ holdings, tigris, flush, signal, now }: Cutting): Promise<Cut> {
  const { tenant, bucket, turso, database } = holdings;
  const serving = { tenant: tenant.id, signal };
  await flush?.(SECONDS_BEFORE);
  const snap = async () => {
    await flush?.(SECONDS_FENCED);
    const version = await tigris.buckets.snapshot(bucket, "tenantry", serving);
    return { version, at: now().toISOString() };
  };
  const { result, ms } =
    database === undefined ? { result: await snap(), ms: 0 } : await fenced(turso, database.name, serving, snap);
  const bytes = await tigris.buckets.size(bucket, serving);
  const used = database && (await turso.usage(database.name, { from: now(), to: now() }, serving));
  return {
    ...result,
    bucket,
    bytes: bytes ?? null,
    database:
      database === undefined ? null : { name: database.name, dbId: database.dbId, bytes: used?.storageBytes ?? null },
    fencedMs: ms,
  };
}
