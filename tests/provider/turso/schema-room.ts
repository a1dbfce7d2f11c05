import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Client, createClient } from "@libsql/client";

import { type SchemaAccess, type SchemaState, surveyed } from "../../../operations/schema/survey.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import { SchemaHalt } from "../../../provider/schema-halt.ts";
import { type SchemaInputs, schemaType } from "../../../provider/turso/schema.ts";
import type { SchemaTarget } from "../../../provider/turso/schema-run.ts";
import { declaredDigest } from "../../../tenants/schemas/migration.ts";
import { schemaFolders } from "../../../tenants/schemas/read-folder.ts";
import { NO_MACHINES, NO_MIGRATOR } from "../../operations/schema/no-migrator.ts";
import { outsider } from "../../support/outsider.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";

/** A folder of migrations of a test's own, and databases to run them on. */
export interface SchemaRoom {
  readonly cloud: TestCloud;
  /** Writes the files of a new folder, and gives its path in the project. */
  folder(files: Readonly<Record<string, string>>): string;
  readonly projectDir: string;
  /** By which the operations on schemas reach the databases. */
  readonly access: SchemaAccess;
  /** Tenants by the names of their databases, all of whom are to have this version. */
  survey(names: readonly string[], from: string, version: number): Promise<readonly SchemaState[]>;
  target(from: string, version: number): SchemaTarget;
  /** The resource type, with what the files say now. */
  type(): ReturnType<typeof schemaType>;
  /** Makes an empty database, or one as another was at a moment. */
  database(name: string, seed?: { readonly name: string; readonly timestamp: string }): Promise<SchemaDatabase>;
  dispose(): Promise<void>;
}

export interface SchemaDatabase {
  readonly name: string;
  /** As the tenant's app has it. */
  readonly sql: Client;
  /** Another connection. */
  connect(): Client;
  inputs(from: string, version: number, more?: Partial<SchemaInputs>): SchemaInputs;
  /** The first column of each row. */
  column(sql: string): Promise<unknown[]>;
  /** Numbers in the ledger. */
  ledger(): Promise<unknown[]>;
}

export async function openSchemaRoom(): Promise<SchemaRoom> {
  const cloud = await startCloud({ vendors: ["turso"] });
  await outsider(cloud).turso("POST", "/groups", { name: "main", location: "aws-us-east-1" });
  const account = cloud.descriptor.turso;
  const turso = tursoClient(account);
  const urlOf = (hostname: string) => libsqlUrl(account.endpoint, hostname);
  const projectDir = mkdtempSync(join(tmpdir(), "tenantry-schemas-"));
  const clients: Client[] = [];
  let folders = 0;
  const revision = "c0ffee00c0ffee00";
  const access = { turso, urlOf, ...NO_MACHINES };
  const room: SchemaRoom = {
    cloud,
    projectDir,
    access,
    survey(names, from, version) {
      const declared = { from, version, order: "schema-first" as const };
      const { folder } = room.target(from, version);
      const tenants = names.map((tenant) => ({
        ...{ tenant, declared, folder, database: tenant, isClosed: false },
        ...NO_MIGRATOR,
      }));
      return surveyed(access, tenants, new AbortController().signal);
    },
    folder(files) {
      const from = `migrations/f${++folders}`;
      mkdirSync(join(projectDir, from), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(projectDir, from, name), text);
      return from;
    },
    target: (from, version) => ({
      folder: schemaFolders(projectDir)(from).folder,
      version,
      revision,
      now: () => new Date(),
    }),
    type: () =>
      schemaType(turso, urlOf, {
        halt: new SchemaHalt(),
        folderOf: schemaFolders(projectDir),
        revision: () => Promise.resolve(revision),
      }),
    async database(name, seed) {
      const more = seed === undefined ? {} : { seed: { type: "database" as const, ...seed } };
      const { hostname, dbId } = await turso.createDatabase({ name, group: "main", ...more }, {});
      const authToken = await turso.mint(name, { expiration: "1d", authorization: "full-access" }, {});
      const connect = () => {
        const client = createClient({ url: urlOf(hostname), authToken });
        clients.push(client);
        return client;
      };
      const sql = connect();
      const column = async (statement: string) => (await sql.execute(statement)).rows.map((row) => row[0]);
      return {
        name,
        sql,
        connect,
        column,
        ledger: () => column("SELECT number FROM _tenantry_migrations ORDER BY number"),
        inputs(from, version, more = {}) {
          const digest = declaredDigest(schemaFolders(projectDir)(from).folder, version);
          const of = { tenant: "acme", database: name, dbId };
          return { ...of, from, version, digest, order: "schema-first", closed: false, ...more };
        },
      };
    },
    async dispose() {
      for (const client of clients) client.close();
      rmSync(projectDir, { recursive: true, force: true });
      await cloud.dispose();
    },
  };
  return room;
}
