import type { TigrisClient } from "../../provider/tigris/client.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { fenced } from "./fence.ts";
import { listedFiles, rowCounter } from "./holds.ts";
import { objectsIn } from "./objects-as-of.ts";

/** What a cut is taken of, and with. */
export interface Cutting {
  readonly holdings: Pick<Holdings, "tenant" | "bucket" | "s3" | "turso" | "database" | "urlOf">;
  readonly tigris: TigrisClient;
  /**
   * Has the tenant's machine upload what its app has written; throws when that takes longer than `seconds`. Undefined: no
   * machine runs.
   */
  readonly flush: ((seconds: number) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** For how many ms the fence waits for the count of rows beside the bucket's snapshot. Default: a second. */
  readonly countMs?: number;
}

/** What the machine has to upload is little by the time the fence is up. */
const SECONDS_BEFORE = 60;
const SECONDS_FENCED = 1;

/**
 * Files and rows of a tenant at one instant: the database refuses writes while the bucket's snapshot is taken, so that whoever
 * writes a file and then a row about it is at most one write apart in it. Rows are counted meanwhile, files afterwards, for
 * the snapshot's test. Throws TIGRIS_NO_SNAPSHOTS, SNAPSHOT_FILES_BUSY.
 */
export async function takeCut({ holdings, tigris, flush, signal, now, countMs = 1000 }: Cutting): Promise<Cut> {
  const { tenant, bucket, s3, turso, database } = holdings;
  const serving = { tenant: tenant.id, signal };
  await flush?.(SECONDS_BEFORE);
  const counter = await rowCounter(holdings, serving);
  const snap = async () => {
    const counting = counter?.count(countMs);
    await flush?.(SECONDS_FENCED);
    const version = await tigris.buckets.snapshot(bucket, "tenantry", serving);
    const rows = (await counting) ?? null;
    return { version, rows, at: now().toISOString() };
  };
  try {
    const { result, ms } =
      database === undefined ? { result: await snap(), ms: 0 } : await fenced(turso, database.name, serving, snap);
    const { version, rows, at } = result;
    const listed = await listedFiles(objectsIn({ s3, bucket, version }, ""));
    const bytes = await tigris.buckets.size(bucket, serving);
    const used = database && (await turso.usage(database.name, { from: now(), to: now() }, serving));
    return {
      version,
      at,
      bucket,
      bytes: bytes ?? null,
      database:
        database === undefined ? null : { name: database.name, dbId: database.dbId, bytes: used?.storageBytes ?? null },
      fencedMs: ms,
      holds: { ...listed, rows },
    };
  } finally {
    counter?.close();
  }
}
