import type { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import type { User } from "@pulumi/aws/iam/user.js";
import type { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import type { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Fleet } from "../../tenants/load-fleet.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { componentErrors } from "../errors.ts";

/** The few of Pulumi's AWS resources that a tenant's bucket is made of. */
export interface Aws {
  readonly AccessKey: typeof AccessKey;
  readonly Bucket: typeof Bucket;
  readonly BucketLifecycleConfiguration: typeof BucketLifecycleConfiguration;
  readonly BucketPublicAccessBlock: typeof BucketPublicAccessBlock;
  readonly BucketVersioning: typeof BucketVersioning;
  readonly User: typeof User;
  readonly UserPolicy: typeof UserPolicy;
}

/** Whether a tenant has, or has kept, anything at AWS. */
export function usesAws({ storage, kept = [] }: Tenant): boolean {
  return [storage, ...kept].some(({ backend }) => backend === "aws-s3");
}

/** Throws AWS_NOT_EMBEDDED when a tenant of an embedded cloud has, or has kept, anything at AWS. */
export function refuseAwsOnEmbedded({ stack, tenants }: Fleet, cloud: "embedded" | "real"): void {
  const there = tenants.filter((tenant) => tenant.state !== "purged" && usesAws(tenant));
  if (cloud !== "embedded" || there.length === 0) return;
  const files = there.map(({ id }) => `tenants/${stack}/${id}.yaml`).join(", ");
  throw new TenantryError(componentErrors.AWS_NOT_EMBEDDED, files);
}

/** Loads them, file by file: the package as a whole is 84 MB. For a stack with a tenant on `aws-s3`, and no other. */
export async function loadAws(): Promise<Aws> {
  const files = await Promise.all([
    import("@pulumi/aws/iam/accessKey.js"),
    import("@pulumi/aws/iam/user.js"),
    import("@pulumi/aws/iam/userPolicy.js"),
    import("@pulumi/aws/s3/bucket.js"),
    import("@pulumi/aws/s3/bucketLifecycleConfiguration.js"),
    import("@pulumi/aws/s3/bucketPublicAccessBlock.js"),
    import("@pulumi/aws/s3/bucketVersioning.js"),
  ]);
  return Object.assign({}, ...files) as Aws;
}
