import type * as pulumi from "@pulumi/pulumi";

import type { AccessKeyInputs } from "../../provider/tigris/access-key.ts";
import type { BucketInputs } from "../../provider/tigris/bucket.ts";
import { type Args, VendorResource } from "./vendor-resource.ts";

/** `tenantry:tigris:Bucket`; documented in provider/tigris/bucket.ts. */
export class Bucket extends VendorResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: Args<BucketInputs, "access" | "claimed">, options: pulumi.CustomResourceOptions) {
    super("tenantry:tigris:Bucket", name, args, [], options);
  }
}

/** `tenantry:tigris:AccessKey`; documented in provider/tigris/access-key.ts. Its id is the access key id. */
export class AccessKey extends VendorResource {
  declare readonly secretAccessKey: pulumi.Output<string>;

  constructor(name: string, args: Args<AccessKeyInputs, "issued" | "policy">, options: pulumi.CustomResourceOptions) {
    super("tenantry:tigris:AccessKey", name, args, ["secretAccessKey"], options);
  }
}
