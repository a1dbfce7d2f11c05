import * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../tenants/model/tenant.ts";
import type { Database } from "./database.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import type { Booted } from "./machine.ts";
import type { Files } from "./storage/files.ts";

/**
 * A tenant's record in the stack's outputs. It contains no secret, because everybody with access to the outputs can read it.
 * Every run reads and writes all records, so a record holds only what other stacks need; the machine's config is with the
 * machine.
 */
export interface TenantRecord {
  readonly state: Tenant["state"];
  readonly backend: Tenant["storage"]["backend"];
  /** Physical name of the bucket. Absent when the files lie on a volume. */
  readonly bucket?: string;
  /** S3 endpoint as seen from the machine. Absent with the bucket. */
  readonly endpoint?: string;
  /** Id of the volume. Absent when the files lie in a bucket. */
  readonly volume?: string;
  /** Storage that remains from moves, and its guard. Absent when there is none. */
  readonly kept?: Readonly<Partial<Record<Tenant["storage"]["backend"], "protected" | "released">>>;
  /** Absent when the tenant has no database. */
  readonly databaseUrl?: string;
  readonly app: string;
}

/** Builds a tenant's record from the outputs of its resources. It is unknown until the machine is known. */
export function tenantRecord(
  { id, state, storage, kept }: Tenant,
  fleet: FleetContext,
  { attachment }: Files,
  database: Database | undefined,
  { machineId }: Booted,
): pulumi.Output<TenantRecord> {
  const guards = kept === undefined ? {} : { kept: Object.fromEntries(kept.map((left) => [left.backend, left.guard])) };
  const known = { databaseUrl: database?.url, machineId, attachment };
  return pulumi.output(known).apply(({ databaseUrl, attachment }) => ({
    state,
    backend: storage.backend,
    ...("volume" in attachment ? attachment : { bucket: attachment.bucket, endpoint: attachment.endpoint }),
    ...guards,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    app: namesOf(id, fleet).app,
  }));
}
