import { createHash } from "node:crypto";

import type { Statement } from "./statements.ts";

/** One file of SQL. */
export interface Script {
  /** As messages name it: `migrations/notes/0014_add_index.sql`. */
  readonly file: string;
  readonly statements: readonly Statement[];
  /** SHA-256 of its text, in hexadecimal. */
  readonly checksum: string;
}

/** One step of a schema. Never change one that was applied: add the next. */
export interface Migration {
  readonly number: number;
  /** `add_index` of `0014_add_index.sql`. */
  readonly name: string;
  readonly up: Script;
  /** The migration that reverts it. Absent: none. */
  readonly down?: Script;
}

/** The migrations of a folder, from 1 on without a gap. */
export interface SchemaFolder {
  /** From the project's folder: `migrations/notes`. */
  readonly from: string;
  readonly migrations: readonly Migration[];
  /** Queries of the app's own that are asked on clones, before a migration and after it (`check.sql`). Absent: there are none. */
  readonly check?: Script;
}

/** A migration as a ledger has it. */
export interface LedgerLine {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601. */
  readonly applied: string;
  /** The commit of the project it came from; empty: no git. */
  readonly revision: string;
}

/** The same whatever the ends of lines that git gives a file. */
export function checksumOf(text: string): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
}

/** A digest that identifies a schema: the migrations that have run, and their texts. Pure. */
export function schemaDigest(lines: readonly Pick<LedgerLine, "number" | "checksum">[]): string {
  const text = lines.map(({ number, checksum }) => `${number} ${checksum}\n`).join("");
  return createHash("sha256").update(text).digest("hex");
}

/** The digest of a database that has had a folder's migrations up to `version`. Pure. */
export function declaredDigest({ migrations }: SchemaFolder, version: number): string {
  const had = migrations.filter(({ number }) => number <= version);
  return schemaDigest(had.map(({ number, up }) => ({ number, checksum: up.checksum })));
}

/** `0014_add_index` */
export function nameOfMigration({ number, name }: Pick<Migration, "number" | "name">): string {
  return `${String(number).padStart(4, "0")}_${name}`;
}
