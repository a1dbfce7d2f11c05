import { S3Client } from "@aws-sdk/client-s3";

import { withPassingCopy } from "../../operations/handover/passing-copy.ts";
import { fenced } from "../../operations/snapshots/fence.ts";
import { restoreCut, type Restored, RESTORE_MARK } from "../../operations/snapshots/restore.ts";
import { asOfCut } from "../../operations/snapshots/too-old.ts";
import { askConsistently } from "../../provider/tigris/consistent.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import { refusePages } from "../../provider/tigris/page-refusal.ts";
import { REGION } from "../../provider/tigris/signing.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import type { Clients } from "../faults/plugin.ts";
import { ENDPOINTS, type World } from "./world.ts";

/** A tenant with the names of what it has, and who asks. */
export interface Asked {
  readonly tenant: Tenant;
  readonly bucket: string;
  readonly database: string;
  readonly signal: AbortSignal;
}

/** Version of the files, time of the rows. */
export interface Instant {
  readonly version: string;
  readonly at: number;
}

/** What `snapshot` does of files and rows. */
export async function snapshotOf(
  { tigris, turso }: Clients,
  { tenant, bucket, database, signal }: Asked,
): Promise<Instant> {
  const serving = { tenant: tenant.id, signal };
  const { result } = await fenced(turso, database, serving, async () => {
    const version = await tigris.buckets.snapshot(bucket, "tenantry", serving);
    return { version, at: Date.now() };
  });
  return result;
}

/** What `restore` does of files, and of rows all but the SQL: a copy is made as they were, asked, and deleted. */
export async function restoreTo(
  { version, at }: Instant,
  { turso }: Clients,
  { tenant, bucket, database, signal }: Asked,
  world: World,
): Promise<Restored> {
  const serving = { tenant: tenant.id, signal };
  const cut = { at: new Date(at).toISOString(), bucket, version, bytes: null, database: null, fencedMs: 0 };
  const found = await turso.database(database, serving);
  if (found === undefined) throw new Error(`there is no database ${database}`);
  const urlOf = (hostname: string) => `https://${hostname}`;
  const copied = { turso, database: found, urlOf, ...asOfCut(cut, tenant.id), mark: RESTORE_MARK };
  await withPassingCopy(copied, serving, async (_copy, { url, authToken }) => {
    const headers = { authorization: `Bearer ${authToken}` };
    const { status } = await fetch(`${url}/v2/pipeline`, { method: "POST", headers, body: "{}", signal });
    if (status !== 200) throw new Error(`the copy answers ${status}`);
  });
  const s3 = objectsOf(world);
  const close = () => {
    s3.destroy();
  };
  const holdings = { tenant, resources: [], bucket, s3, turso, database: undefined, urlOf, close };
  const wish = { prefix: "", tables: [], dryRun: false };
  return restoreCut(holdings, cut, wish, { tell: () => undefined, signal }).finally(close);
}

/** The client with which verbs read and write objects, over the simulated network. */
function objectsOf({ network }: World): S3Client {
  const credentials = { accessKeyId: "tid_admin", secretAccessKey: "tsec_admin" };
  const place = { ...ownSettings(ENDPOINTS.tigris), region: REGION, credentials };
  return refusePages(askConsistently(new S3Client({ ...place, requestHandler: network.s3Handler })));
}
