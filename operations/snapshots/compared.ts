import type { Client } from "@libsql/client";

import { databaseShape, quoted } from "../handover/database-shape.ts";
import type { ObjectSeen } from "./objects-as-of.ts";

/** How the files of a tenant differ from what they were. Names in order. */
export interface FilesCompared {
  /** There now, not then. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** There then, not now. */
  readonly gone: readonly string[];
  readonly same: number;
}

/** Rows of a table then and now; null: it is not there. */
export interface TableCompared {
  readonly then: number | null;
  readonly now: number | null;
}

/** Compares two lists of objects. Memory holds a line for each. */
export async function compareFiles(
  then: AsyncIterable<ObjectSeen>,
  now: AsyncIterable<ObjectSeen>,
): Promise<FilesCompared> {
  const before = new Map<string, ObjectSeen>();
  for await (const each of then) before.set(each.key, each);
  const [added, changed]: [string[], string[]] = [[], []];
  let same = 0;
  for await (const { key, etag, size } of now) {
    const was = before.get(key);
    before.delete(key);
    if (was === undefined) added.push(key);
    else if (was.etag !== etag || was.size !== size) changed.push(key);
    else same += 1;
  }
  return { added: added.sort(), changed: changed.sort(), gone: [...before.keys()].sort(), same };
}

/** Compares two databases by the number of rows in each table; only the named ones, where there are any. */
export async function compareTables(
  then: Client,
  now: Client,
  only: readonly string[],
): Promise<Readonly<Record<string, TableCompared>>> {
  const [before, after] = await Promise.all([rowCounts(then, only), rowCounts(now, only)]);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(names.map((name) => [name, { then: before[name] ?? null, now: after[name] ?? null }]));
}

/** Rows by table; only the named ones, where there are any. */
export async function rowCounts(client: Client, only: readonly string[] = []): Promise<Record<string, number>> {
  const { tables } = await databaseShape(client);
  const counts: Record<string, number> = {};
  for (const { name, type } of tables) {
    if (type === "shadow" || (only.length > 0 && !only.includes(name))) continue;
    const { rows } = await client.execute(`SELECT count(*) FROM ${quoted(name)}`);
    counts[name] = Number(rows[0]?.[0]);
  }
  return counts;
}
