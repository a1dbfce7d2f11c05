import type { Client, InStatement } from "@libsql/client";

import { LEDGER } from "../../tenants/schemas/ledger-name.ts";
import type { LedgerLine } from "../../tenants/schemas/migration.ts";
import type { SchemaStep } from "../../tenants/schemas/steps.ts";

/** Which migrations a database has had, by number. Turso's `PRAGMA user_version` cannot be written (docs.turso.tech, limitations). */
export async function readLedger(client: Client): Promise<readonly LedgerLine[]> {
  const ask = () => client.execute(`SELECT number, name, checksum, applied, revision FROM ${LEDGER} ORDER BY number`);
  const { rows } = await ask().catch(async () => {
    const { rows: tables } = await client.execute({
      sql: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
      args: [LEDGER],
    });
    // Where it is there now, another runner may have made it in between.
    return tables.length > 0 ? ask() : { rows: [] };
  });
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return rows.map((row) => ({
    number: Number(row["number"]),
    name: text(row["name"]),
    checksum: text(row["checksum"]),
    applied: text(row["applied"]),
    revision: text(row["revision"]),
  }));
}

/** How many statements of a step's transaction are tenantry's own; they come first. */
export const OWN_STATEMENTS = 3;

/**
 * All statements of one step, for one transaction: the ledger's line and the migration come and go together. What another runner
 * has done meanwhile makes it fail at the ledger, before the first statement of the migration.
 */
export function statementsOf({ direction, migration }: SchemaStep, line: LedgerLine): InStatement[] {
  const { number, name, checksum, applied, revision } = line;
  const script = direction === "up" ? migration.up : migration.down;
  const noted: InStatement =
    direction === "up"
      ? { sql: `INSERT INTO ${LEDGER} VALUES (?, ?, ?, ?, ?)`, args: [number, name, checksum, applied, revision] }
      : { sql: `DELETE FROM ${LEDGER} WHERE number = ?`, args: [number] };
  return [
    `CREATE TABLE IF NOT EXISTS ${LEDGER} (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied TEXT NOT NULL, revision TEXT NOT NULL)`,
    // A line without a name is refused: so it ends the transaction where the database is not at the version it was found at.
    {
      sql: `INSERT INTO ${LEDGER} (number) SELECT -1 WHERE (SELECT coalesce(max(number), 0) FROM ${LEDGER}) <> ?`,
      args: [direction === "up" ? number - 1 : number],
    },
    noted,
    ...(script?.statements ?? []).map(({ sql }) => sql),
  ];
}
