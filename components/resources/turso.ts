import type * as pulumi from "@pulumi/pulumi";

import type { TokenInputs } from "../../provider/turso/database-token.ts";
import type { DatabaseInputs } from "../../provider/turso/database.ts";
import type { GroupInputs } from "../../provider/turso/group.ts";
import type { SchemaInputs } from "../../provider/turso/schema.ts";
import { type Args, VendorResource } from "./vendor-resource.ts";

/** `tenantry:turso:Group`; documented in provider/turso/group.ts. */
export class Group extends VendorResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: Args<GroupInputs>, options: pulumi.CustomResourceOptions) {
    super("tenantry:turso:Group", name, args, [], options);
  }
}

/** `tenantry:turso:Database`; documented in provider/turso/database.ts. */
export class Database extends VendorResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly dbId: pulumi.Output<string>;
  declare readonly hostname: pulumi.Output<string>;

  constructor(
    name: string,
    args: Args<DatabaseInputs, never, "blockReads" | "blockWrites">,
    options: pulumi.CustomResourceOptions,
  ) {
    super("tenantry:turso:Database", name, args, ["dbId", "hostname"], options);
  }
}

/** `tenantry:turso:DatabaseToken`; documented in provider/turso/database-token.ts. */
export class DatabaseToken extends VendorResource {
  declare readonly token: pulumi.Output<string>;

  constructor(name: string, args: Args<TokenInputs, "issued">, options: pulumi.CustomResourceOptions) {
    super("tenantry:turso:DatabaseToken", name, args, ["token", "expiresAt"], options);
  }
}

/** `tenantry:turso:Schema`; documented in provider/turso/schema.ts. */
export class Schema extends VendorResource {
  constructor(name: string, args: Args<SchemaInputs>, options: pulumi.CustomResourceOptions) {
    super("tenantry:turso:Schema", name, args, [], options);
  }
}
