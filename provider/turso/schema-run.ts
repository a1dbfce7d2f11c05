import { setTimeout as sleep } from "node:timers/promises";

import type { Client } from "@libsql/client";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { shownWords } from "../../output/shown.ts";
import { schemaErrors } from "../../tenants/schemas/errors.ts";
import type { LedgerLine, SchemaFolder } from "../../tenants/schemas/migration.ts";
import { type SchemaStep, stepsTo, versionOf } from "../../tenants/schemas/steps.ts";
import type { Serving } from "../http/serving.ts";
import { OWN_STATEMENTS, readLedger, statementsOf } from "./schema-ledger.ts";

/** Where a database is to be brought. */
export interface SchemaTarget {
  readonly folder: SchemaFolder;
  readonly version: number;
  /** The commit that the ledger is told; empty: no git. */
  readonly revision: string;
  readonly now: () => Date;
  /** Told of each migration when it has run. */
  readonly onRan?: (ran: SchemaRan) => void;
}

/** A migration that was run on a database. */
export interface SchemaRan {
  readonly step: SchemaStep;
  readonly statements: number;
  readonly ms: number;
}

/** Attempts where somebody else holds the database's write lock, with a pause before each but the first. */
const MOST_ATTEMPTS = 20;
const PAUSE_MS = 250;

/**
 * Brings a database to a version, one migration after the other, each in a transaction of its own together with its line in the
 * ledger: whenever this is broken off, a migration has been run wholly or not at all, and the next run goes on. What another
 * runner does meanwhile counts as done. Throws what `stepsTo` throws, SCHEMA_MIGRATION_FAILED, SCHEMA_NOT_ANSWERED.
 */
export async function bringTo(client: Client, target: SchemaTarget, serving: Serving): Promise<readonly SchemaRan[]> {
  const ran: SchemaRan[] = [];
  let ledger = await readLedger(client);
  for (let attempt = 1; ;) {
    serving.signal?.throwIfAborted();
    const [step] = stepsTo(target.version, target.folder, ledger);
    if (step === undefined) return ran;
    const line = lineOf(step, target);
    const statements = statementsOf(step, line);
    const from = performance.now();
    try {
      await client.batch(statements, "write");
      const ms = Math.round(performance.now() - from);
      const one = { step, statements: statements.length - OWN_STATEMENTS, ms };
      ran.push(one);
      target.onRan?.(one);
      ledger = step.direction === "up" ? [...ledger, line] : ledger.slice(0, -1);
      attempt = 1;
    } catch (error) {
      const now = await readLedger(client).catch(() => undefined);
      if (now !== undefined && versionOf(now) !== versionOf(ledger)) {
        ledger = now;
        continue;
      }
      if (!isBusy(error) || attempt === MOST_ATTEMPTS) throw failureOf(error, step, serving);
      attempt += 1;
      await sleep(PAUSE_MS * (0.5 + Math.random()), undefined, { signal: serving.signal });
    }
  }
}

function lineOf({ migration }: SchemaStep, { revision, now }: SchemaTarget): LedgerLine {
  const { number, name, up } = migration;
  return { number, name, checksum: up.checksum, applied: now().toISOString(), revision };
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** What the database itself has refused was rolled back; of all else its ledger will tell. */
function failureOf(error: unknown, { direction, migration }: SchemaStep, { tenant }: Serving): TenantryError {
  const script = (direction === "up" ? migration.up : migration.down) ?? migration.up;
  // A text that the database cannot read is refused as a whole, without a place.
  const place = error instanceof Error && "statementIndex" in error ? Number(error.statementIndex) : -1;
  const line = script.statements[place - OWN_STATEMENTS]?.line;
  const said = shownWords(error instanceof Error ? error.message : String(error)).slice(0, 300);
  const isRefused = /^(?:SQL|BLOCKED)/.test(codeOf(error));
  const kind = isRefused ? schemaErrors.SCHEMA_MIGRATION_FAILED : schemaErrors.SCHEMA_NOT_ANSWERED;
  return new TenantryError(kind, `${script.file}${line === undefined ? "" : `:${line}`}: ${said}`, {
    tenant,
    cause: error,
  });
}
