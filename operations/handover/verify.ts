import { existsSync } from "node:fs";
import { join } from "node:path";

import { createClient } from "@libsql/client";

import { byteSize } from "../../output/byte-size.ts";
import { printable } from "../../output/printable.ts";
import { TenantryError } from "../../errors/tenantry-error.ts";
import { ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import { asText, quoted } from "./database-shape.ts";
import { handoverErrors } from "./errors.ts";
import {
  fileHash,
  type FileLine,
  MANIFEST,
  type ManifestEnd,
  type ManifestHead,
  manifestHead,
  manifestLines,
  type ObjectLine,
  storedOf,
} from "./manifest.ts";

export interface Verified {
  readonly head: ManifestHead;
  readonly end: ManifestEnd;
  readonly sha256: string;
}

/**
 * Holds every file of an export against its manifest, and the rows of the SQLite file too. Reads only; memory stays flat.
 * Throws EXPORT_UNREADABLE, EXPORT_DAMAGED.
 */
export async function verifyExport(dir: string, tell: (what: string) => void = () => undefined): Promise<Verified> {
  const head = manifestHead(dir);
  if (head === undefined) throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, `no ${MANIFEST} in ${dir}`);
  const wrong: string[] = [];
  let [objects, bytes] = [0, 0];
  let end: ManifestEnd | undefined;
  const digest = new ContentsDigest();
  for await (const line of manifestLines(join(dir, MANIFEST))) {
    if (line.kind === "end") end = line;
    const stored = storedOf(line);
    if (stored !== undefined) digest.add(stored);
    if (line.kind !== "object" && line.kind !== "file") continue;
    const why = await whatIsWrong(dir, line);
    if (why !== undefined) wrong.push(`${printable(line.path)}: ${why}`);
    if (line.kind === "object") [objects, bytes] = [objects + 1, bytes + line.size];
    tell(`${objects} objects, ${byteSize(bytes)}`);
  }
  if (end === undefined) throw new TenantryError(handoverErrors.EXPORT_UNREADABLE, `${MANIFEST} in ${dir} is cut off`);
  if (objects !== end.objects || bytes !== end.bytes)
    wrong.push(`${MANIFEST}: lists ${objects} objects of ${bytes} bytes, and says ${end.objects} of ${end.bytes}`);
  if (end.contents !== undefined && digest.hex() !== end.contents)
    wrong.push(`${MANIFEST}: its lines are not those that its end counts`);
  if (wrong.length === 0 && end.rows !== null) wrong.push(...(await wrongRows(dir, end.rows)));
  if (wrong.length > 0)
    throw new TenantryError(handoverErrors.EXPORT_DAMAGED, shortened(wrong), { tenant: head.tenant });
  return { head, end, sha256: (await fileHash(join(dir, MANIFEST))).sha256 };
}

async function whatIsWrong(dir: string, { path, size, sha256 }: ObjectLine | FileLine): Promise<string | undefined> {
  const file = join(dir, path);
  if (!existsSync(file)) return "missing";
  const found = await fileHash(file);
  if (found.size !== size) return `${found.size} bytes instead of ${size}`;
  return found.sha256 === sha256 ? undefined : "its content is another";
}

/** The file is as it was written; this shows that SQLite can read all of it. */
async function wrongRows(dir: string, rows: NonNullable<ManifestEnd["rows"]>): Promise<string[]> {
  const client = createClient({ url: `file:${join(dir, "database.sqlite")}`, intMode: "bigint" });
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
