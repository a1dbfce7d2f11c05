import * as pulumi from "@pulumi/pulumi";

import type { TenantRecord } from "./tenant-record.ts";

/**
 * Puts the record that the stack's outputs had before in the place of one that cannot be made because a resource of the
 * tenant failed: one failed record would otherwise take the outputs of all tenants with it. Undefined for a tenant that
 * never existed.
 */
export function orLastRecord(tenant: string, record: pulumi.Output<TenantRecord>): pulumi.Output<TenantRecord> {
  // An output of the stack may be undefined; Pulumi's types know nothing of that.
  const last = async () => (await lastFleet()).get(tenant) as TenantRecord;
  const made = pulumi.recover(record, last);
  if (pulumi.runtime.isDryRun()) return made;
  // Outside a preview only what a failed resource would have said is not known.
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

/** The engine answers this from the stack's stored state: no resource is registered, and nobody else is called. */
async function readFleet() {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    outputs?: { fleet?: Record<string, Omit<TenantRecord, "backend"> & Partial<Pick<TenantRecord, "backend">>> };
  };
  // Records of before there were other backends name none.
  const records = Object.entries(answer.outputs?.fleet ?? {});
  return new Map(records.map(([id, record]) => [id, { ...record, backend: record.backend ?? "tigris" }]));
}
