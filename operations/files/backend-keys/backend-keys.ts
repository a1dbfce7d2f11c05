import type { S3Place } from "../../../provider/tigris/addressing.ts";
import type { Backend } from "../../../tenants/model/storage.ts";
import type { StackContext } from "../../../stack/context.ts";
import type { StoredResource } from "../../engine/stack-state.ts";

/** A backend that people reach with keys of their own. A volume is reached by its machine alone. */
export type BucketBackend = Exclude<Backend, "fly-volume">;

/** How one backend keeps people's keys in the stack's state, and where its buckets answer. */
export interface BackendKeys {
  /** What rclone calls the backend. */
  readonly rcloneProvider: "AWS" | "Other";
  /** The keys of a tenant's people, from a state that was read with its secrets; a person's newest comes first. */
  keys(tenant: string, resources: readonly StoredResource[]): OpenKey[];
  /** S3 as seen from a person's computer. */
  place(key: Pick<PersonalKey, "region">, context: Pick<StackContext, "settings" | "home">): S3Place;
}
export type Mode = "read-only" | "read-write";

/** A person's key as the stack's state knows it, without its secret. */
export interface PersonalKey {
  /** The entry's name under `access`. */
  readonly name: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly backend: BucketBackend;
  readonly bucket: string;
  /** `auto` at Tigris. */
  readonly region: string;
  /** ISO time. */
  readonly issued: string;
  /** When the next `up` replaces it: ISO time. Null where keys do not age. */
  readonly due: string | null;
  /** False while the tenant is suspended. */
  readonly enabled: boolean;
}

/** With its secret: never print one of these. */
export interface OpenKey extends PersonalKey {
  readonly secret: string;
}
