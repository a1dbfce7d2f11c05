import * as pulumi from "@pulumi/pulumi";

import type { KeptStorage, Tenant, TenantStorage } from "../tenants/model/tenant.ts";
import type { FleetContext } from "./fleet-context.ts";
import { isProtected } from "./protection.ts";
import type { App } from "./resources/fly.ts";
import { s3Storage } from "./storage/aws-s3.ts";
import type { AppMaker, Files, Role, Site } from "./storage/files.ts";
import { flyVolume } from "./storage/fly-volume.ts";
import { tigrisBucket } from "./storage/tigris.ts";

/** Where a tenant's files lie, and what it has left behind elsewhere: one file per backend in storage/. */
export class Storage extends pulumi.ComponentResource {
  /** What else the tenant has is adopted under this, and made after it: see resource-kinds/claim.ts. */
  readonly claim: pulumi.Output<string>;
  readonly files: Files;

  constructor(tenant: Tenant, fleet: FleetContext, machine: AppMaker, parent: pulumi.Resource) {
    super("tenantry:index:Storage", tenant.id, {}, { parent });
    const { storage, kept = [] } = tenant;
    const site = { tenant, fleet, parent: this };
    const used: Role = { isUsed: true, isProtected: isProtected(tenant) };
    if (storage.backend === "tigris") {
      const bucket = tigrisBucket(site, storage, used);
      this.claim = bucket.claim;
      this.files = bucket;
      machine.makeApp(bucket.claim);
    } else {
      const app = machine.makeApp();
      this.claim = pulumi.interpolate`app:${app.name}`;
      this.files = make(site, storage, used, app);
    }
    for (const left of kept) make(site, left, roleOf(left, tenant), machine.app);
  }
}

function make(site: Site, storage: TenantStorage, role: Role, app: App): Files {
  switch (storage.backend) {
    case "tigris":
      return tigrisBucket(site, storage, role);
    case "aws-s3":
      return s3Storage(site, storage, role, app);
    case "fly-volume":
      return flyVolume(site, storage, role, app);
  }
}

function roleOf({ guard }: KeptStorage, tenant: Tenant): Role {
  return { isUsed: false, isProtected: guard === "protected" && isProtected(tenant) };
}
