import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type Client, createClient } from "@libsql/client";

import { asText, quoted } from "../../../operations/handover/database-shape.ts";
import type { Handed } from "../../../operations/handover/export.ts";
import type { Holdings } from "../../../operations/handover/tenant-holdings.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import { resolveTenant } from "../../../tenants/model/resolve-tenant.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { outsider } from "../../support/outsider.ts";
import { committedPlans } from "../../tenants/plans.ts";

/** An embedded Tigris and Turso, and tenants there without machine and without Pulumi. */
export interface HandoverRoom {
  readonly cloud: TestCloud;
  /** Makes a bucket and a database of this name. */
  tenant(id: string, headers?: Readonly<Record<string, string>>): Promise<GivenTenant>;
  /** A folder of the test's own that does not exist yet. */
  folder(): string;
  databases(): Promise<string[]>;
  /** The administrator's. */
  readonly s3: S3Client;
  /** Makes a bucket that is no tenant's. */
  teamBucket(name: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface GivenTenant {
  readonly holdings: Holdings;
  readonly handed: Handed;
  /** Writes to the tenant's database, as its app does. */
  readonly sql: Client;
  put(
    key: string,
    body: string | Uint8Array,
    more?: { ContentType?: string; Metadata?: Record<string, string> },
  ): Promise<void>;
}

/** A tenant with files of all kinds of names, and some rows. */
export async function filledTenant(
  room: HandoverRoom,
  id: string,
  headers?: Readonly<Record<string, string>>,
): Promise<GivenTenant> {
  const given = await room.tenant(id, headers);
  await given.sql.executeMultiple(
    "CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes(body) VALUES ('one'), ('two')",
  );
  await given.put("notes/one.md", "# one\n", { ContentType: "text/markdown", Metadata: { mode: "33188" } });
  await given.put("notes/", "");
  await given.put("empty", "");
  await given.put("Größe & more?.txt", "ü");
  await given.put("odd\u0001 one", "odd");
  await given.put("bytes", new Uint8Array(6_000_000).fill(7));
  return given;
}

/** What an export is called with where nobody breaks it off. */
export const CALM = { tell: () => undefined, signal: new AbortController().signal, now: () => new Date() };

export async function openHandoverRoom(): Promise<HandoverRoom> {
  const cloud = await startCloud({ vendors: ["tigris", "turso"] });
  const outside = outsider(cloud);
  const { tigris, turso: account } = cloud.descriptor;
  const place = mkdtempSync(join(tmpdir(), "tenantry-handover-"));
  const clients: { close(): void }[] = [];
  const s3 = new S3Client({ endpoint: tigris.endpoint, region: "auto", forcePathStyle: true, credentials: tigris });
  const turso = tursoClient(account);
  const urlOf = (hostname: string) => libsqlUrl(account.endpoint, hostname);
  await outside.turso("POST", "/groups", { name: "main", location: "aws-us-east-1" });
  let folders = 0;
  return {
    cloud,
    s3,
    async teamBucket(name) {
      await outside.s3("PUT", `/${name}`, "", {});
    },
    folder: () => join(place, String(++folders)),
    databases: async () => (await turso.databases({})).map(({ name }) => name).sort(),
    async tenant(id, headers = {}) {
      await outside.s3("PUT", `/${id}`, "", headers);
      await turso.createDatabase({ name: id, group: "main" }, {});
      const database = await turso.database(id, {});
      if (database === undefined) throw new Error(`no database ${id}`);
      const authToken = await turso.mint(id, { expiration: "1d", authorization: "full-access" }, {});
      const sql = createClient({ url: urlOf(database.hostname), authToken, intMode: "bigint" });
      clients.push(sql);
      const tenant = resolveTenant(id, { owner: "a@b.example" }, committedPlans());
      const close = () => undefined;
      const holdings: Holdings = { tenant, resources: [], bucket: id, s3, turso, database, urlOf, close };
      return {
        holdings,
        handed: { stack: "local", holdings, tenantFile: "owner: a@b.example\n", history: [] },
        sql,
        async put(key, body, more = {}) {
          await s3.send(new PutObjectCommand({ Bucket: id, Key: key, Body: Buffer.from(body), ...more }));
        },
      };
    },
    async dispose() {
      for (const client of clients) client.close();
      s3.destroy();
      rmSync(place, { recursive: true, force: true });
      await cloud.dispose();
    },
  };
}

/** Everything in a database that a person could ask for: schema, and each row with the types of its values. */
export async function contentOf(client: Client): Promise<unknown> {
  const { rows: schema } = await client.execute(
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name",
  );
  const tables = schema.filter(({ type, name }) => type === "table" && !asText(name).startsWith("libsql_vector"));
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows: columns } = await client.execute({
        sql: "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid",
        args: [asText(name)],
      });
      const values = columns.map((column) => quoted(asText(column[0])));
      const each = values.map((value) => `quote(${value}) || typeof(${value})`);
      const found = await client.execute(`SELECT ${each.join(", ")} FROM ${quoted(asText(name))}`);
      return [asText(name), found.rows.map((row) => Object.values(row).map(String).join("|")).sort()];
    }),
  );
  return { schema: schema.map(({ type, name, sql }) => [type, name, sql]), rows: Object.fromEntries(rows) as object };
}
