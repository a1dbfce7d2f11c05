import type * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../stack/settings.ts";
import { physicalNames } from "../tenants/physical-name.ts";
import type { TursoLocation } from "../tenants/regions.ts";

/** What all tenants of a stack share. */
export interface FleetContext {
  readonly stack: string;
  readonly settings: Settings;
  /** What machines are told as AWS_ENDPOINT_URL_S3. */
  readonly machineEndpoint: string;
  /** The name of the database group at a location. */
  group(location: TursoLocation): pulumi.Input<string>;
}

/** The names of a tenant's bucket, app and database at the vendors. */
export function namesOf(tenant: string, { stack, settings }: FleetContext): ReturnType<typeof physicalNames> {
  return physicalNames({ prefix: settings.prefix, stack, tenant, tursoOrganization: settings.tursoOrganization });
}
