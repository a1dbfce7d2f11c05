import { LEDGER } from "../../tenants/schemas/ledger-name.ts";

/** A table in the database's schema. */
export interface Table {
  readonly name: string;
  /** The statement that made it. */
  readonly sql: string;
}

/** A table whose rows are to be counted. */
export interface Asked {
  readonly name: string;
  /** The tool that keeps its own list of applied migrations in it: rows of it are no data of a tenant. */
  readonly ledgerOf?: string;
}

/** Reads what `tablesToAsk` takes. */
export const SCHEMA = "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'table'";

/** The tables in which migration tools keep what they have applied, by name, and who keeps one. */
const LEDGERS: Readonly<Record<string, string>> = {
  [LEDGER]: "tenantry",
  schema_migrations: "tenantry's reference app, Rails, golang-migrate, dbmate",
  ar_internal_metadata: "Rails",
  _prisma_migrations: "Prisma",
  __drizzle_migrations: "Drizzle",
  knex_migrations: "Knex",
  knex_migrations_lock: "Knex",
  sequelizemeta: "Sequelize",
  kysely_migration: "Kysely",
  kysely_migration_lock: "Kysely",
  mikro_orm_migrations: "MikroORM",
  typeorm_migrations: "TypeORM",
  alembic_version: "Alembic",
  django_migrations: "Django",
  flyway_schema_history: "Flyway",
  databasechangelog: "Liquibase",
  databasechangeloglock: "Liquibase",
  goose_db_version: "goose",
  atlas_schema_revisions: "Atlas",
  _sqlx_migrations: "SQLx",
  __diesel_schema_migrations: "Diesel",
  seaql_migrations: "SeaORM",
  refinery_schema_history: "Refinery",
  __efmigrationshistory: "Entity Framework",
  doctrine_migration_versions: "Doctrine",
  phinxlog: "Phinx",
};

/**
 * Tables of an index that have rows before anything is indexed; its other tables have one for everything that is. By module:
 * sqlite.org/fts5.html section 9, sqlite.org/rtree.html section 6.
 */
const BOOKKEEPING: Readonly<Record<string, readonly string[]>> = {
  fts5: ["data", "idx", "config"],
  rtree: ["node"],
};

/** libSQL's list of its vector indexes: their vectors are in tables of their own. */
const OF_LIBSQL = ["libsql_vector_meta_shadow"];

/**
 * The tables that may hold what somebody wrote, in the order of their names: all but SQLite's own, and but what an index
 * keeps about itself. A virtual table is not asked: what it holds is in its other tables. Pure.
 */
export function tablesToAsk(tables: readonly Table[]): Asked[] {
  const virtual = new Map(
    tables.flatMap((table) => {
      const module = moduleOf(table);
      return module === undefined ? [] : [[table.name, module] as const];
    }),
  );
  const own = [...virtual].flatMap(([name, module]) => (BOOKKEEPING[module] ?? []).map((part) => `${name}_${part}`));
  return (
    tables
      .map(({ name }) => name)
      .filter((name) => !virtual.has(name) && !own.includes(name) && !OF_LIBSQL.includes(name))
      // SQLite keeps this beginning for itself, and refuses it to everybody else.
      .filter((name) => !name.toLowerCase().startsWith("sqlite_"))
      .sort()
      .map((name) => {
        const ledgerOf = Object.hasOwn(LEDGERS, name.toLowerCase()) ? LEDGERS[name.toLowerCase()] : undefined;
        return ledgerOf === undefined ? { name } : { name, ledgerOf };
      })
  );
}

function moduleOf({ sql }: Table): string | undefined {
  return /^CREATE VIRTUAL TABLE.*?\sUSING\s+(\w+)/is.exec(sql)?.[1]?.toLowerCase();
}

/** How many rows of a table are counted. */
export const MOST_ROWS = 1000;

/** Counts a table's rows, and no further than it has to. */
export function rowsIn({ name }: Asked): string {
  return `SELECT count(*) FROM (SELECT 1 FROM "${name.replaceAll('"', '""')}" LIMIT ${MOST_ROWS + 1})`;
}
