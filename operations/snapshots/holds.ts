import { setTimeout as sleep } from "node:timers/promises";

import { createClient } from "@libsql/client";

import type { Serving } from "../../provider/http/serving.ts";
import { ContentsDigest } from "../../provider/tigris/bucket-inventory.ts";
import type { Holdings } from "../handover/tenant-holdings.ts";
import type { Cut } from "../history/entry.ts";
import { rowCounts } from "./compared.ts";
import type { ObjectSeen } from "./objects-as-of.ts";

/** What a snapshot held when it was taken: what a test of it is held against. */
export type Holds = NonNullable<Cut["holds"]>;

/** Counts files, and makes a digest of their list. About 50 bytes of memory for each. */
export async function listedFiles(
  files: AsyncIterable<ObjectSeen> | Iterable<ObjectSeen>,
): Promise<Pick<Holds, "files" | "list">> {
  const digest = new ContentsDigest();
  let count = 0;
  for await (const file of files) {
    digest.add({ kind: "object", ...file, at: 0 });
    count += 1;
  }
  return { files: count, list: digest.hex() };
}

/** Counts the rows of a tenant's tables while its database is fenced. */
export interface RowCounter {
  /** Null: the database is blocked, or it took longer than `ms`. Never rejects. */
  count(ms: number): Promise<Holds["rows"]>;
  close(): void;
}

/** Undefined: the tenant has no database. The token for it reads only, for an hour. */
export async function rowCounter(
  { turso, database, urlOf }: Pick<Holdings, "turso" | "database" | "urlOf">,
  serving: Serving,
): Promise<RowCounter | undefined> {
  if (database === undefined) return undefined;
  const authToken = await turso.mint(database.name, { expiration: "1h", authorization: "read-only" }, serving);
  const client = createClient({ url: urlOf(database.hostname), authToken, intMode: "bigint" });
  return {
    count: (ms) => Promise.race([rowCounts(client).catch(() => null), sleep(ms, null, { ref: false })]),
    close: () => {
      client.close();
    },
  };
}
