import * as pulumi from "@pulumi/pulumi";

import type { TenantRecord } from "./tenant-record.ts";

/**
 * Uses the previous record from the stack's outputs if a record cannot be built because a resource of the tenant failed:
 * otherwise one failed record would lose the outputs of all tenants. Undefined for a tenant that never existed.
 */
export function orLastRecord(tenant: string, record: pulumi.Output<TenantRecord>): pulumi.Output<TenantRecord> {
  // An output of the stack may be undefined; Pulumi's types omit this.
  const last = async () => (await lastFleet()).get(tenant) as TenantRecord;
  const made = pulumi.recover(record, last);
  if (pulumi.runtime.isDryRun()) return made;
  // Outside a preview only the outputs of a failed resource are unknown.
  return pulumi.output(isKnown(made)).apply((known) => (known ? made : pulumi.output(last())));
}

/** Every output has this; Pulumi's types leave it out. */
function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
}

let reading: Promise<ReadonlyMap<string, TenantRecord>> | undefined;

/** What existed after the last deployment, by tenant, from the stack's outputs. */
export function lastFleet(): NonNullable<typeof reading> {
  reading ??= readFleet();
  return reading;
}

/** The engine answers this from the stack's stored state: it registers no resource and calls no vendor. */
async function readFleet() {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    outputs?: { fleet?: Record<string, Omit<TenantRecord, "backend"> & Partial<Pick<TenantRecord, "backend">>> };
  };
  // Records from before other backends existed name no backend.
  const records = Object.entries(answer.outputs?.fleet ?? {});
  return new Map(records.map(([id, record]) => [id, { ...record, backend: record.backend ?? "tigris" }]));
}
