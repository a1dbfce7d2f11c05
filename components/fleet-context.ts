import type * as pulumi from "@pulumi/pulumi";

import type { StackSettings } from "../stack/settings.ts";
import { networkName, physicalNames } from "../tenants/physical-name.ts";
import type { TursoLocation } from "../tenants/regions.ts";
import type { Aws } from "./resources/aws.ts";

/** What all tenants of a stack share. */
export interface FleetContext {
  /** The stack's name at the vendors: its own name, or that of its group. */
  readonly stack: string;
  readonly settings: StackSettings;
  /** What machines are told as AWS_ENDPOINT_URL_S3. */
  readonly machineEndpoint: string;
  /** The name of the database group at a location. */
  group(location: TursoLocation): pulumi.Input<string>;
  /** The digest of a folder's migrations up to a version. */
  schemaDigest(from: string, version: number): string;
  /** Pulumi's resources of AWS, where a tenant needs them: they are loaded only then. */
  readonly aws: Aws | undefined;
}

/** The names of a tenant's bucket, app, network and database at the vendors. */
export function namesOf(
  tenant: string,
  { stack, settings: { prefix, fleetId, tursoOrganization } }: FleetContext,
): ReturnType<typeof physicalNames> & { readonly network: string } {
  const names = physicalNames({ prefix, stack, tenant, tursoOrganization });
  return { ...names, network: networkName({ app: names.app, fleetId, stack, tenant }) };
}
