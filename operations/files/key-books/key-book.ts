import type { Backend } from "../../../tenants/model/storage.ts";
import type { StackContext } from "../../../stack/context.ts";
import type { StoredResource } from "../../engine/stack-state.ts";
import type { OpenKey, PersonalKey } from "../personal-keys.ts";

/** A backend that people reach with keys of their own. A volume is reached by its machine alone. */
export type BucketBackend = Exclude<Backend, "fly-volume">;

/** How one backend keeps people's keys in the stack's state, and where its buckets answer. */
export interface KeyBook {
  /** What rclone calls the backend. */
  readonly rcloneProvider: "AWS" | "Other";
  /** The keys of a tenant's people, from a state that was read with its secrets; a person's newest comes first. */
  keys(tenant: string, resources: readonly StoredResource[]): OpenKey[];
  /** S3 endpoint as seen from a person's computer. */
  endpoint(key: Pick<PersonalKey, "region">, context: Pick<StackContext, "settings" | "home">): string;
}
