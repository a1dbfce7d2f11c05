import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { type Client, createClient } from "@libsql/client";
import { createHash } from "node:crypto";

import { byteSize } from "../../output/byte-size.ts";
import { printable } from "../../output/printable.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import type { StackContext } from "../../stack/context.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { isOvertaken, onlyOver } from "../files/sync/conditions.ts";
import { copyDatabase, type RowCounts } from "./copied-database.ts";
import { asText } from "./database-shape.ts";
import { databaseSink } from "./database-sink.ts";
import { handoverErrors } from "./errors.ts";
import type { Surroundings } from "./export.ts";
import type { ExportPlace } from "./export-place.ts";
import { manifestLines, type ObjectLine } from "./manifest.ts";
import { type Holdings, holdingsOf } from "./tenant-holdings.ts";
import { verifyExport } from "./verify.ts";
import { counted } from "../../output/counted.ts";

export interface Imported {
  readonly tenant: string;
  /** Whose export it was. */
  readonly from: { readonly stack: string; readonly tenant: string };
  readonly objects: number;
  readonly bytes: number;
  readonly rows: RowCounts | null;
}

/** How many objects are on their way at a time, and how many are known at once. */
const BATCH = 1000;
/** The table that names the import that writes rows: an interrupted import continues, any other contents are left alone. */
const MARK = "_tenantry_import";

/**
 * Brings an export into a tenant that exists and has no data yet, of any stack. Nothing that is there is written over. Done
 * again after a break it goes on. Throws EXPORT_UNREADABLE, EXPORT_DAMAGED, IMPORT_NOT_EMPTY, IMPORT_NO_DATABASE,
 * IMPORT_CONFLICT, and what `holdingsOf` throws.
 */
export async function importTenant(
  context: StackContext,
  id: string,
  place: ExportPlace,
  { tell, signal }: Pick<Surroundings, "tell" | "signal">,
): Promise<Imported> {
  const holdings = await holdingsOf(context, id, signal);
  try {
    return await importHoldings(holdings, place, { tell, signal });
  } finally {
    holdings.close();
  }
}

/** The same where the tenant was looked up already. */
export async function importHoldings(
  holdings: Holdings,
  place: ExportPlace,
  { tell, signal }: Pick<Surroundings, "tell" | "signal">,
): Promise<Imported> {
  const { id } = holdings.tenant;
  const { head, end, sha256 } = await verifyExport(place, (what) => {
    tell(`checking ${what}`);
  });
  if (end.rows !== null && holdings.database === undefined)
    throw new TenantryError(handoverErrors.IMPORT_NO_DATABASE, id, { tenant: id });
  const into = end.rows === null ? undefined : await openDatabase(holdings, sha256, signal);
  try {
    const { objects, bytes } = await importObjects(holdings, place, { tell, signal });
    const rows = into === undefined ? null : await importRows(into, place, { tell, signal });
    return { tenant: id, from: { stack: head.stack, tenant: head.tenant }, objects, bytes, rows };
  } finally {
    into?.close();
  }
}

/** The tenant's database, marked as the one that takes this export. Throws IMPORT_NOT_EMPTY. */
async function openDatabase(
  { turso, database, urlOf, tenant }: Holdings,
  sha256: string,
  signal: AbortSignal,
): Promise<Client> {
  const { name, hostname } = database as NonNullable<typeof database>;
  const grant = { expiration: "1d", authorization: "full-access" } as const;
  const authToken = await turso.mint(name, grant, { tenant: tenant.id, signal });
  const client = createClient({ url: urlOf(hostname), authToken, intMode: "bigint" });
  try {
    const { rows } = await client.execute("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'");
    const names = rows.map((row) => asText(row[0]));
    const marked = names.includes(MARK)
      ? (await client.execute(`SELECT manifest FROM ${MARK}`)).rows[0]?.[0]
      : undefined;
    if (names.length > 0 && marked !== sha256) {
      const found = names.slice(0, 5).map(printable).join(", ");
      throw new TenantryError(handoverErrors.IMPORT_NOT_EMPTY, `${name} has ${found}`, { tenant: tenant.id });
    }
    if (marked === undefined)
      await client.batch(
        [`CREATE TABLE ${MARK}(manifest TEXT NOT NULL)`, { sql: `INSERT INTO ${MARK} VALUES (?)`, args: [sha256] }],
        "write",
      );
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

function importRows(
  into: Client,
  place: ExportPlace,
  { tell, signal }: Pick<Surroundings, "tell" | "signal">,
): Promise<RowCounts> {
  return place.locally("database.sqlite", async (path) => {
    const file = createClient({ url: `file:${path}`, intMode: "bigint" });
    try {
      const counts = await copyDatabase(file, [databaseSink(into)], (rows) => {
        signal.throwIfAborted();
        tell(counted(rows, "row"));
      });
      await into.execute(`DROP TABLE ${MARK}`);
      return counts;
    } finally {
      file.close();
    }
  });
}

async function importObjects(
  { s3, bucket, tenant }: Holdings,
  place: ExportPlace,
  { tell, signal }: Pick<Surroundings, "tell" | "signal">,
): Promise<{ objects: number; bytes: number }> {
  const conflicts: string[] = [];
  let [objects, bytes] = [0, 0];
  const send = (batch: readonly ObjectLine[]) =>
    atOnce(batch, async (line) => {
      signal.throwIfAborted();
      if (!(await upload(s3, bucket, place, line))) conflicts.push(line.key);
      [objects, bytes] = [objects + 1, bytes + line.size];
      tell(`${counted(objects, "object")}, ${byteSize(bytes)}`);
    });
  let batch: ObjectLine[] = [];
  for await (const line of manifestLines(place)) {
    if (line.kind !== "object") continue;
    batch.push(line);
    if (batch.length < BATCH) continue;
    await send(batch);
    batch = [];
  }
  await send(batch);
  if (conflicts.length > 0) {
    const named = conflicts.slice(0, 10).map((key) => JSON.stringify(key));
    const rest = conflicts.length - named.length;
    const text = `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
    throw new TenantryError(handoverErrors.IMPORT_CONFLICT, text, { tenant: tenant.id });
  }
  return { objects, bytes };
}

/** False: another content has the name. An object that an earlier run brought is as good as a new one. */
async function upload(
  s3: S3Client,
  bucket: string,
  place: ExportPlace,
  { key, path, sha256, contentType, metadata }: ObjectLine,
): Promise<boolean> {
  const Body = await place.read(path);
  if (Body === undefined)
    throw new TenantryError(handoverErrors.EXPORT_DAMAGED, `${printable(path)} in ${place.name}: missing`);
  try {
    const about = {
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(metadata === undefined ? {} : { Metadata: metadata }),
    };
    const params = { Bucket: bucket, Key: key, Body, ...about, ...onlyOver(undefined) };
    // One part of each at a time: what several are at once stays small.
    await new Upload({ client: s3, params, queueSize: 1 }).done();
    return true;
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    return (await contentHash(s3, bucket, key)) === sha256;
  } finally {
    Body.destroy();
  }
}

async function contentHash(s3: S3Client, bucket: string, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const hash = createHash("sha256");
  for await (const piece of Body as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest("hex");
}
