import { createClient } from "@libsql/client";

import { byteSize } from "../../output/byte-size.ts";
import { printable } from "../../output/printable.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import { asText, quoted } from "./database-shape.ts";
import { atOnce } from "../files/sync/at-once.ts";
import { handoverErrors } from "./errors.ts";
import type { ExportPlace } from "./export-place.ts";
import {
  type FileLine,
  hashOf,
  headOf,
  MANIFEST,
  type ManifestEnd,
  type ManifestHead,
  type ManifestLine,
  manifestLines,
  manifestTexts,
  type ObjectLine,
  storedOf,
  type VersionLine,
} from "./manifest.ts";
import { counted } from "../../output/counted.ts";

export interface Verified {
  readonly head: ManifestHead;
  readonly end: ManifestEnd;
  readonly sha256: string;
}

/**
 * Holds every file of an export against its manifest, and the rows of the SQLite file too. Reads only; memory stays flat.
 * Throws EXPORT_UNREADABLE, EXPORT_DAMAGED.
 */
export async function verifyExport(
  place: ExportPlace,
  tell: (what: string) => void = () => undefined,
): Promise<Verified> {
  const unreadable = (why: string) => new TenantryError(handoverErrors.EXPORT_UNREADABLE, why);
  const head = await headOf(manifestTexts(place), place);
  if (head === undefined) throw unreadable(`no ${MANIFEST} in ${place.name}`);
  const wrong: string[] = [];
  let [objects, bytes] = [0, 0];
  let end: ManifestEnd | undefined;
  const digest = new ContentsDigest();
  for await (const lines of inBatches(manifestLines(place))) {
    for (const line of lines) {
      if (line.kind === "end") end = line;
      const stored = storedOf(line);
      if (stored !== undefined) digest.add(stored);
    }
    const held = lines.filter((line) => line.kind === "object" || line.kind === "version" || line.kind === "file");
    const found = await atOnce(held, async (line) => {
      const why = await whatIsWrong(place, line);
      if (line.kind === "object") [objects, bytes] = [objects + 1, bytes + line.size];
      tell(`${counted(objects, "object")}, ${byteSize(bytes)}`);
      return why === undefined ? [] : [`${printable(line.path)}: ${why}`];
    });
    wrong.push(...found.flat());
  }
  if (end === undefined) throw unreadable(`${MANIFEST} in ${place.name} is cut off`);
  if (objects !== end.objects || bytes !== end.bytes)
    wrong.push(
      `${MANIFEST}: lists ${counted(objects, "object")} of ${bytes} bytes, and says ${end.objects} of ${end.bytes}`,
    );
  if (end.contents !== undefined && digest.hex() !== end.contents)
    wrong.push(`${MANIFEST}: its lines are not those that its end counts`);
  if (wrong.length === 0 && end.rows !== null) wrong.push(...(await wrongRows(place, end.rows)));
  if (wrong.length > 0)
    throw new TenantryError(handoverErrors.EXPORT_DAMAGED, shortened(wrong), { tenant: head.tenant });
  const manifest = await place.read(MANIFEST);
  if (manifest === undefined) throw unreadable(`no ${MANIFEST} in ${place.name}`);
  return { head, end, sha256: (await hashOf(manifest)).sha256 };
}

/** How many lines are looked at together. */
const BATCH = 100;

async function* inBatches(lines: AsyncIterable<ManifestLine>): AsyncGenerator<readonly ManifestLine[]> {
  let batch: ManifestLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

async function whatIsWrong(
  place: ExportPlace,
  { path, size, sha256 }: ObjectLine | VersionLine | FileLine,
): Promise<string | undefined> {
  const content = await place.read(path);
  if (content === undefined) return "missing";
  const found = await hashOf(content);
  if (found.size !== size) return `${found.size} bytes instead of ${size}`;
  return found.sha256 === sha256 ? undefined : "its content is another";
}

/** The file is as it was written; this shows that SQLite can read all of it. */
function wrongRows(place: ExportPlace, rows: NonNullable<ManifestEnd["rows"]>): Promise<string[]> {
  return place.locally("database.sqlite", (file) => wrongRowsIn(file, rows));
}

async function wrongRowsIn(file: string, rows: NonNullable<ManifestEnd["rows"]>): Promise<string[]> {
  const client = createClient({ url: `file:${file}`, intMode: "bigint" });
  try {
    const check = await client.execute("PRAGMA integrity_check");
    const said = asText(check.rows[0]?.[0]);
    const wrong = said === "ok" ? [] : [`database.sqlite: ${said}`];
    for (const [table, count] of Object.entries(rows)) {
      const found = await client.execute(`SELECT count(*) FROM ${quoted(table)}`);
      if (Number(found.rows[0]?.[0]) !== count)
        wrong.push(`database.sqlite: ${table} has ${Number(found.rows[0]?.[0])} rows instead of ${count}`);
    }
    return wrong;
  } finally {
    client.close();
  }
}

function shortened(lines: readonly string[]): string {
  const rest = lines.length - 20;
  return [...lines.slice(0, 20), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n  ");
}
