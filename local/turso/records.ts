import type { SigningKey } from "./signing-key.ts";
import type { LogPosition } from "./write-log.ts";

/** The settings of a database, as the Platform API spells them. */
export interface DatabaseConfiguration {
  /** As it was given, `256mb`; empty: no limit. */
  readonly size_limit: string;
  /** Kept and answered only; the vendor calls it deprecated. */
  readonly allow_attach: boolean;
  readonly block_reads: boolean;
  readonly block_writes: boolean;
  readonly delete_protection: boolean;
  readonly allowed_ips: readonly string[];
  /** Kept and answered only: there is no VPC around the embedded cloud. */
  readonly allowed_aws_vpc_ids: readonly string[];
}

/**
 * Where a database is on its way. `creating`, `changing` and `leaving` are written before the engine is told and mean
 * that it has to be told (again); so a kill at any moment leaves nothing that a repetition at the next start won't fix.
 */
export type Phase = "creating" | "ready" | "changing" | "leaving";

export interface DatabaseRecord {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  /** Loopback address. */
  readonly address: string;
  readonly parent: { readonly id: string; readonly name: string; readonly branched_at: string } | null;
  /** Where in its parent's log it begins; undefined: where the log ended when it was made. */
  readonly from?: LogPosition;
  readonly configuration: DatabaseConfiguration;
  readonly signingKey: SigningKey;
  readonly phase: Phase;
  /** Counts the changes, so that an update of the engine shows whether another change came meanwhile. */
  readonly revision: number;
}

export interface GroupRecord {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly deleteProtection: boolean;
  /** Opens all databases of the group. */
  readonly signingKey: SigningKey;
  readonly isLeaving: boolean;
}
