import * as pulumi from "@pulumi/pulumi";

import type { KeptStorage, Tenant, TenantStorage } from "../tenants/model/tenant.ts";
import { isProtected } from "./protection.ts";
import type { App } from "./resources/fly.ts";
import { s3Storage } from "./storage/aws-s3.ts";
import type { AppMaker, Files, Role, Site } from "./storage/files.ts";
import { flyVolume } from "./storage/fly-volume.ts";
import { tigrisBucket } from "./storage/tigris.ts";

/** A tenant's storage, and the claim under which its other resources are adopted. */
export interface Storage {
  /** The tenant's other resources are adopted under this claim and created after it: see resource-kinds/claim.ts. */
  readonly claim: pulumi.Output<string>;
  readonly files: Files;
}

/** Creates a tenant's storage, and keeps its storage on earlier backends: one file per backend in storage/. */
export function makeStorage(site: Site, machine: AppMaker): Storage {
  const { tenant } = site;
  const { storage, kept = [] } = tenant;
  const used: Role = { isUsed: true, isProtected: isProtected(tenant) };
  const made =
    storage.backend === "tigris" ? inBucket(site, storage, used, machine) : inApp(site, storage, used, machine);
  for (const left of kept) make(site, left, roleOf(left, tenant), machine.app);
  return made;
}

/** The bucket is the claim, and the app comes after it. */
function inBucket(
  site: Site,
  storage: Extract<TenantStorage, { backend: "tigris" }>,
  role: Role,
  machine: AppMaker,
): Storage {
  const files = tigrisBucket(site, storage, role);
  machine.makeApp(files.claim);
  return { claim: files.claim, files };
}

/** The app is the claim, and what holds the files comes after it. */
function inApp(site: Site, storage: TenantStorage, role: Role, machine: AppMaker): Storage {
  const app = machine.makeApp();
  return { claim: pulumi.interpolate`app:${app.name}`, files: make(site, storage, role, app) };
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
