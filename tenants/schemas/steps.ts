import { type ErrorKind, TenantryError } from "../../errors/tenantry-error.ts";
import { schemaErrors } from "./errors.ts";
import { type LedgerLine, type Migration, nameOfMigration, type SchemaFolder } from "./migration.ts";

/** One migration to run on a database: forward or backward. */
export interface SchemaStep {
  readonly direction: "up" | "down";
  readonly migration: Migration;
}

/** The number of the last migration that a database has had; 0: none. Pure. */
export function versionOf(ledger: readonly LedgerLine[]): number {
  return ledger.at(-1)?.number ?? 0;
}

/**
 * What brings a database to a version, in order. Pure. Throws SCHEMA_LEDGER_DAMAGED, SCHEMA_UNKNOWN_MIGRATION,
 * SCHEMA_FILE_CHANGED, SCHEMA_NO_WAY_BACK, before anything is run.
 *
 * @param ledger what it has had, by number
 */
export function stepsTo(
  version: number,
  { from, migrations }: SchemaFolder,
  ledger: readonly LedgerLine[],
): readonly SchemaStep[] {
  const refuse = (kind: ErrorKind, line: Pick<LedgerLine, "number" | "name">, what: string): never => {
    throw new TenantryError(kind, `${from}/${nameOfMigration(line)}.sql: ${what}`);
  };
  const had = ledger.map((line, at) => {
    if (line.number !== at + 1) refuse(schemaErrors.SCHEMA_LEDGER_DAMAGED, line, "the line before it is missing");
    const migration = migrations[at];
    if (migration === undefined)
      return refuse(schemaErrors.SCHEMA_UNKNOWN_MIGRATION, line, `applied on ${line.applied}${fromCommit(line)}`);
    if (migration.up.checksum !== line.checksum || migration.name !== line.name)
      refuse(schemaErrors.SCHEMA_FILE_CHANGED, line, `applied on ${line.applied}${fromCommit(line)} with another text`);
    return migration;
  });
  const back = had.filter(({ number }) => number > version).toReversed();
  const oneWay = back.find(({ down }) => down === undefined);
  if (oneWay !== undefined)
    refuse(
      schemaErrors.SCHEMA_NO_WAY_BACK,
      oneWay,
      `the declared version is ${version}, and this migration has no down file`,
    );
  return [
    ...back.map((migration) => ({ direction: "down", migration }) as const),
    ...migrations
      .filter(({ number }) => number > had.length && number <= version)
      .map((migration) => ({ direction: "up", migration }) as const),
  ];
}

function fromCommit({ revision }: LedgerLine): string {
  return revision === "" ? "" : ` from commit ${revision.slice(0, 12)}`;
}
