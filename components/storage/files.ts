import type * as pulumi from "@pulumi/pulumi";

import type { Tenant } from "../../tenants/model/tenant.ts";
import type { FleetContext } from "../fleet-context.ts";
import type { App } from "../resources/fly.ts";

/** The tenant of the storage, and its parent in the tree of resources. */
export interface Site {
  readonly tenant: Tenant;
  readonly fleet: FleetContext;
  readonly parent: pulumi.Resource;
}

export interface Role {
  /** Whether the machine uses it; otherwise it remains from a move. */
  readonly isUsed: boolean;
  readonly isProtected: boolean;
}

/** Creates the tenant's app once: after the claim if a bucket is the claim, immediately if the app is. */
export interface AppMaker {
  readonly app: App;
  makeApp(claim?: pulumi.Input<string>): App;
}

/** What a machine has to know to find its files. No secret. */
export type Attachment =
  | {
      /** Physical name. */
      readonly bucket: string;
      /** S3 endpoint as seen from the machine. */
      readonly endpoint: string;
      readonly region: string;
      /** Buckets are named in the path always. Default: by their host names, where the endpoint has any. */
      readonly pathStyle?: boolean;
    }
  /** Id of the volume. */
  | { readonly volume: string };

/** A tenant's files, whatever holds them. */
export interface Files {
  readonly attachment: pulumi.Input<Attachment>;
  /** Id of the volume, known while the rest of the attachment is not. */
  readonly volume?: pulumi.Input<string>;
  /** The machine's key to a bucket; absent where the machine needs none. */
  readonly key?: { readonly id: pulumi.Input<string>; readonly secret: pulumi.Input<string> };
}
