import type * as pulumi from "@pulumi/pulumi";

import type { TenantStorage } from "../../tenants/model/tenant.ts";
import { isClosed } from "../closed.ts";
import { namesOf } from "../fleet-context.ts";
import { AccessKey, Bucket } from "../resources/tigris.ts";
import type { Files, Role, Site } from "./files.ts";

/** A bucket at Tigris, a key for each person who has access, and one for the machine that uses it. */
export function tigrisBucket(
  { tenant, fleet, parent }: Site,
  { locations, snapshots, softDeleteDays }: Extract<TenantStorage, { backend: "tigris" }>,
  { isUsed, isProtected }: Role,
): Files & { /** The bucket's name, known when it exists. */ readonly claim: pulumi.Output<string> } {
  const { id, manifest, rotation, access } = tenant;
  const { bucket: name } = namesOf(id, fleet);
  const settings = {
    name,
    locations,
    snapshots,
    softDeleteDays,
    ...(isProtected ? {} : { deletable: true }),
    ...(isUsed && manifest?.contents !== undefined ? { exportedContents: manifest.contents } : {}),
  };
  const bucket = new Bucket(id, settings, { parent, protect: isProtected });
  const closed = isClosed(tenant) ? { enabled: false } : {};
  const key = (resource: string, purpose: string, mode: "read-only" | "read-write") => {
    const grant = { purpose, mode, epoch: rotation.epoch, rotation: rotation.keys, ...closed };
    return new AccessKey(resource, { bucket: bucket.name, ...grant }, { parent });
  };
  for (const { name: person, mode } of access) key(`${id}/${person}`, `access-${person}`, mode);
  const { machineEndpoint: endpoint, settings: stack } = fleet;
  const attachment = { bucket: name, endpoint, region: "auto", pathStyle: stack.tigrisPathStyle };
  if (!isUsed) return { attachment, claim: bucket.name };
  const { id: keyId, secretAccessKey } = key(id, "machine", "read-write");
  return { attachment, claim: bucket.name, key: { id: keyId, secret: secretAccessKey } };
}
