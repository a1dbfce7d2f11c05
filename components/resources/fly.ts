import type * as pulumi from "@pulumi/pulumi";

import type { AppInputs } from "../../provider/fly/app.ts";
import type { IpAssignmentInputs } from "../../provider/fly/ip-assignment.ts";
import type { MachineInputs } from "../../provider/fly/machine-inputs.ts";
import type { MigratorInputs } from "../../provider/fly/migrator.ts";
import type { SecretsInputs } from "../../provider/fly/secrets.ts";
import type { VolumeInputs } from "../../provider/fly/volume.ts";
import { type Args, VendorResource } from "./vendor-resource.ts";

/** `tenantry:fly:App`; documented in provider/fly/app.ts. */
export class App extends VendorResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: Args<AppInputs>, options: pulumi.CustomResourceOptions) {
    super("tenantry:fly:App", name, args, [], options);
  }
}

/** `tenantry:fly:IpAssignment`; documented in provider/fly/ip-assignment.ts. */
export class IpAssignment extends VendorResource {
  constructor(name: string, args: Args<IpAssignmentInputs, "types">, options: pulumi.CustomResourceOptions) {
    super("tenantry:fly:IpAssignment", name, args, [], options);
  }
}

/** `tenantry:fly:Secrets`; documented in provider/fly/secrets.ts. */
export class Secrets extends VendorResource {
  declare readonly version: pulumi.Output<number>;

  constructor(name: string, args: Args<SecretsInputs>, options: pulumi.CustomResourceOptions) {
    super("tenantry:fly:Secrets", name, args, ["version", "digests"], options);
  }
}

/** `tenantry:fly:Machine`; documented in provider/fly/machine.ts. */
export class Machine extends VendorResource {
  declare readonly machineId: pulumi.Output<string>;

  constructor(name: string, args: Args<MachineInputs, never, "suspended">, options: pulumi.CustomResourceOptions) {
    super("tenantry:fly:Machine", name, args, ["machineId", "instanceId"], options);
  }
}

/** `tenantry:fly:Migrator`; documented in provider/fly/migrator.ts. */
export class Migrator extends VendorResource {
  constructor(name: string, args: Args<MigratorInputs>, options: pulumi.CustomResourceOptions) {
    super("tenantry:fly:Migrator", name, args, ["finished"], options);
  }
}

/** `tenantry:fly:Volume`; documented in provider/fly/volume.ts. */
export class Volume extends VendorResource {
  declare readonly volumeId: pulumi.Output<string>;

  constructor(
    name: string,
    args: Args<VolumeInputs, "encrypted" | "autoBackup">,
    options: pulumi.CustomResourceOptions,
  ) {
    super("tenantry:fly:Volume", name, args, ["volumeId"], options);
  }
}
