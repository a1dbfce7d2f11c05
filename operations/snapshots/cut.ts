import type { TigrisClient } from "../../provider/tigris/client.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { fenced } from "./fence.ts";
import { listedFiles, rowCounter } from "./holds.ts";
import { objectsIn } from "./objects-as-of.ts";
import { type Quiesce, quiesced } from "./quiesce.ts";

/** What a cut is taken of, and with. */
export interface Cutting {
  readonly holdings: Pick<Holdings, "tenant" | "bucket" | "s3" | "turso" | "database" | "urlOf">;
  readonly tigris: TigrisClient;
  /**
   * Has the tenant's machine upload what its app has written; throws when that takes longer than `seconds`. Undefined: no
   * machine runs.
   */
  readonly flush: ((seconds: number) => Promise<void>) | undefined;
  /** The app's own hook. Default: it has none. */
  readonly quiesce?: Quiesce | undefined;
  /** Told where the app was not quiet, and why. */
  readonly tell?: (what: string) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** For how many ms the fence waits for the count of rows beside the bucket's snapshot. Default: a second. */
  readonly countMs?: number;
}

/** Does `snap` while the database refuses writes: an app that has a hook holds its own back, and is refused none. */
async function atRest<Snap>(
  { holdings: { tenant, turso, database }, quiesce, tell = () => undefined, signal }: Cutting,
  snap: () => Promise<Snap>,
): Promise<Snap & Pick<Cut, "fencedMs" | "quiescedMs">> {
  const atFence = async () => {
    if (database === undefined) return { ...(await snap()), fencedMs: 0 };
    const { result, ms } = await fenced(turso, database.name, { tenant: tenant.id, signal }, snap);
    return { ...result, fencedMs: ms };
  };
  if (quiesce === undefined) return atFence();
  const { result, ms } = await quiesced(quiesce, tell, atFence);
  return { ...result, ...(ms === undefined ? {} : { quiescedMs: ms }) };
}

/** What the machine has to upload is little by the time the fence is up. */
const SECONDS_BEFORE = 60;
const SECONDS_FENCED = 1;

/**
 * Files and rows of a tenant at one instant: the database refuses writes while the bucket's snapshot is taken, so that whoever
 * writes a file and then a row about it is at most one write apart in it; an app that holds its writes back by a hook of its own is
 * at none, and is refused none. Rows are counted meanwhile, files afterwards, for
 * the snapshot's test. Throws TIGRIS_NO_SNAPSHOTS, SNAPSHOT_FILES_BUSY.
 */
export async function takeCut(cutting: Cutting): Promise<Cut> {
  const { holdings, tigris, flush, signal, now, countMs = 1000 } = cutting;
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
    const { version, rows, at, ...held } = await atRest(cutting, snap);
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
      ...held,
      holds: { ...listed, rows },
    };
  } finally {
    counter?.close();
  }
}
