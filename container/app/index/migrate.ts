import type { Database } from "./database.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";

/** The database was written by a later version of this app: running on would spoil it. */
export class SchemaTooNew extends Error {
  override readonly name = "SchemaTooNew";

  constructor(found: number, known: number) {
    super(`the database has schema ${found}, this version knows ${known}: start a newer version, or another database`);
  }
}

/**
 * Brings the schema to the latest migration, each in a transaction of its own, and answers its number. Safe to repeat,
 * and to do on several machines at once. Throws SchemaTooNew.
 */
export async function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<number> {
  const latest = migrations.at(-1)?.number ?? 0;
  let current = await schemaOf(database);
  if (current > latest) throw new SchemaTooNew(current, latest);
  for (const migration of migrations) {
    if (migration.number > current) current = await apply(database, migration);
  }
  return current;
}

/** The number of the last migration the database has had; 0 for none. */
export async function schemaOf(database: Database): Promise<number> {
  const { rows: tables } = await database.run("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'");
  if (tables.length === 0) return 0;
  const { rows } = await database.run("SELECT max(number) AS number FROM schema_migrations");
  return Number(rows[0]?.["number"] ?? 0);
}

async function apply(database: Database, { number, name, statements }: Migration): Promise<number> {
  try {
    // Turso has no PRAGMA user_version to write to. The number is the key: of two machines at once, one fails here.
    await database.transact([
      "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL)",
      { sql: "INSERT INTO schema_migrations VALUES (?, ?, datetime('now'))", args: [number, name] },
      ...statements,
    ]);
    return number;
  } catch (error) {
    const current = await schemaOf(database);
    if (current < number) throw error;
    return current;
  }
}
