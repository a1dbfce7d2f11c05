import * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../tenants/model/tenant.ts";
import { componentErrors } from "./errors.ts";
import { TenantryError } from "../errors/tenantry-error.ts";
import { type FleetContext, namesOf } from "./fleet-context.ts";
import { isProtected } from "./protection.ts";
import { AccessKey, Bucket } from "./resources/tigris.ts";

/** A tenant's bucket, the key of its machine, and a key for each person who has access. The bucket is the tenant's claim. */
export class Storage extends pulumi.ComponentResource {
  /** Physical name of the bucket, known when it stands: what depends on it is made after the claim. */
  readonly claim: pulumi.Output<string>;
  readonly machineKey: AccessKey;

  constructor(tenant: Tenant, fleet: FleetContext, parent: pulumi.Resource) {
    super("tenantry:index:Storage", tenant.id, {}, { parent });
    const bucket = this.#bucket(tenant, fleet);
    this.claim = bucket.name;
    this.machineKey = this.#key(tenant, { name: tenant.id, purpose: "machine", mode: "read-write" });
    for (const { name, mode } of tenant.access) {
      this.#key(tenant, { name: `${tenant.id}/${name}`, purpose: `access-${name}`, mode });
    }
  }

  #bucket({ id, storage, ...tenant }: Tenant, fleet: FleetContext): Bucket {
    if (storage.backend !== "tigris") {
      throw new TenantryError(componentErrors.BACKEND_NOT_OFFERED, `storage.backend: ${storage.backend}`, {
        tenant: id,
      });
    }
    const { locations, snapshots, softDeleteDays } = storage;
    const args = { tenant: id, name: namesOf(id, fleet).bucket, locations, snapshots, softDeleteDays };
    return new Bucket(id, args, { parent: this, protect: isProtected(tenant) });
  }

  #key(
    { id, state, rotation }: Tenant,
    key: { name: string; purpose: string; mode: "read-only" | "read-write" },
  ): AccessKey {
    const { name, purpose, mode } = key;
    const args = { tenant: id, bucket: this.claim, purpose, mode, epoch: rotation.epoch, rotation: rotation.keys };
    return new AccessKey(name, { ...args, enabled: state !== "suspended" }, { parent: this });
  }
}
