import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import type { TenantRecord } from "../../components/tenant-record.ts";
import { loadFleet } from "../../tenants/load-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const { tenants } = loadFleet(join(import.meta.dirname, "../../tenants"), "local");

/** A tenant of the examples. */
export function example(id: string): Tenant {
  const found = tenants.find((tenant) => tenant.id === id);
  if (found === undefined) throw new Error(`no example ${id}`);
  return found;
}

const STATE: Readonly<Record<string, object>> = {
  "tenantry:tigris:AccessKey": { secretAccessKey: "planted-secret" },
  "tenantry:turso:Database": { dbId: "db-1", hostname: "db.example" },
  "tenantry:turso:DatabaseToken": { token: "planted-token" },
  "tenantry:fly:Secrets": { version: 3 },
  "tenantry:fly:Machine": { machineId: "m-1" },
  "tenantry:fly:Volume": { volumeId: "vol_1" },
  "aws:iam/accessKey:AccessKey": { secret: "planted-aws-secret" },
};

let registered: Registered[] = [];

/** Before anything of Pulumi is registered, and once per file. */
export async function registerWithMocks(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${type}/${name}`, state: { ...(inputs as object), ...STATE[type] } };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "tenantry",
    "prod",
  );
}

/** Registers the tenant against mocks: only the shape of the components, no provider. */
export async function registerTenant(declared: Tenant): Promise<{ resources: Registered[]; record: TenantRecord }> {
  // After setMocks, as Pulumi asks for.
  const { Tenant } = await import("../../components/tenant.ts");
  const { loadAws, usesAws } = await import("../../components/resources/aws.ts");
  registered = [];
  const settings = {
    fleetId: "0123456789abcdef",
    prefix: "acme",
    cloud: "real" as const,
    tursoOrganization: "org",
    flyOrganization: "org",
    tigrisEndpoint: "",
    tigrisIamEndpoint: "",
    tigrisMachineEndpoint: "",
    tigrisPathStyle: false,
    tursoEndpoint: "",
    maxFailedMachines: 3,
    shardLimit: 200,
    maxUngatedTenants: 5,
    flyEndpoint: "",
  };
  const aws = usesAws(declared) ? await loadAws() : undefined;
  const fleet = {
    stack: "prod",
    settings,
    machineEndpoint: "https://s3.example",
    group: () => "group",
    schemaDigest: (from: string, version: number) => `${from} ${version}`,
    aws,
  };
  const { record: told } = new Tenant(declared, fleet);
  const record = await new Promise<TenantRecord>((resolve) => told.apply(resolve));
  // What comes last, no record waits for. Pulumi's own tests wait so too; its types leave it out.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return { record, resources: registered };
}

/** `fly:App acme`, one line per resource, sorted. */
export function kinds(resources: readonly Registered[]): string[] {
  return resources.map(({ type, name }) => `${type.replace("tenantry:", "")} ${name}`).sort();
}
