import * as pulumi from "@pulumi/pulumi";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { OWNER_TAG, ownerMark } from "../../resource-kinds/claim.ts";
import { personsName } from "../../tenants/physical-name.ts";
import type { TenantStorage } from "../../tenants/model/tenant.ts";
import { isClosed } from "../closed.ts";
import { componentErrors } from "../errors.ts";
import { namesOf } from "../fleet-context.ts";
import type { Aws } from "../resources/aws.ts";
import type { App } from "../resources/fly.ts";
import { awsEndpoint } from "./aws-endpoint.ts";
import { s3Policy } from "./aws-policy.ts";
import type { Files, Role, Site } from "./files.ts";

type S3 = Extract<TenantStorage, { backend: "aws-s3" }>;

/**
 * A private, versioned bucket at AWS, a user and a key for each person who has access, and one for the machine that uses
 * it. Made after the app, which is the tenant's claim.
 */
export function s3Storage(site: Site, storage: S3, { isUsed, isProtected }: Role, app: App): Files {
  const { tenant, fleet, parent } = site;
  const { aws } = fleet;
  if (aws === undefined) throw new TenantryError(componentErrors.AWS_NOT_LOADED, "aws-s3", { tenant: tenant.id });
  const bucket = s3Bucket(aws, site, storage, { parent, protect: isProtected, dependsOn: [app] });
  const key = (who: string, mode: "read-only" | "read-write") => userWithKey(aws, site, { who, mode, bucket });
  for (const { name, mode } of tenant.access) key(name, mode);
  const region = storage.awsRegion;
  const attachment = { bucket: namesOf(tenant.id, fleet).bucket, endpoint: awsEndpoint(region), region };
  return isUsed ? { attachment, key: key("", "read-write") } : { attachment };
}

function s3Bucket(
  aws: Aws,
  { tenant: { id }, fleet, parent }: Site,
  { awsRegion: region, softDeleteDays }: S3,
  options: pulumi.CustomResourceOptions,
): InstanceType<Aws["Bucket"]> {
  const tags = { [OWNER_TAG]: ownerMark({ fleetId: fleet.settings.fleetId, stack: fleet.stack, tenant: id }) };
  const bucket = new aws.Bucket(id, { bucket: namesOf(id, fleet).bucket, region, tags }, options);
  const place = { bucket: bucket.bucket, region };
  const closed = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  };
  new aws.BucketPublicAccessBlock(id, { ...place, ...closed }, { parent });
  const versioning = { versioningConfiguration: { status: "Enabled" } };
  const versioned = new aws.BucketVersioning(id, { ...place, ...versioning }, { parent });
  const rules = [
    {
      id: "old-versions",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays: softDeleteDays },
      abortIncompleteMultipartUpload: { daysAfterInitiation: softDeleteDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ];
  // AWS asks for versioning to be set before a rule about versions.
  new aws.BucketLifecycleConfiguration(id, { ...place, rules }, { parent, dependsOn: [versioned] });
  return bucket;
}

/** For the machine, `who` is empty. Raising the epoch mints a new key and then deletes the old one. */
function userWithKey(
  aws: Aws,
  { tenant, fleet, parent }: Site,
  { who, mode, bucket }: { who: string; mode: "read-only" | "read-write"; bucket: InstanceType<Aws["Bucket"]> },
): NonNullable<Files["key"]> {
  const { id, rotation } = tenant;
  const name = who === "" ? id : `${id}/${who}`;
  const of = { prefix: fleet.settings.prefix, stack: fleet.stack, tenant: id, who };
  const user = new aws.User(name, { name: personsName(of), path: `/tenantry/${fleet.stack}/` }, { parent });
  const policy = bucket.bucket.apply((physical) => JSON.stringify(s3Policy(physical, mode)));
  const allowed = new aws.UserPolicy(name, { name: "bucket", user: user.name, policy }, { parent });
  const status = isClosed(tenant) ? "Inactive" : "Active";
  const options = { parent, dependsOn: [allowed], additionalSecretOutputs: ["secret", "sesSmtpPasswordV4"] };
  const { id: keyId, secret } = new aws.AccessKey(`${name}/e${rotation.epoch}`, { user: user.name, status }, options);
  return { id: keyId, secret: pulumi.secret(secret) };
}
