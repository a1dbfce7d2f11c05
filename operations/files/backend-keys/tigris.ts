import { parseDuration } from "../../../provider/rotation.ts";
import { storageEndpointOf } from "../../../stack/accounts.ts";
import { inClear, type StoredResource } from "../../engine/stack-state.ts";
import { tenantOf } from "../../engine/steps.ts";
import type { BackendKeys, Mode, OpenKey } from "./backend-keys.ts";

/** One resource says all of a key at Tigris. */
export const tigrisKeys: BackendKeys = {
  rcloneProvider: "Other",
  keys: (tenant, resources) => resources.flatMap((resource) => keyIn(resource, tenant)),
  place: (_, { settings, home }) => ({
    endpoint: storageEndpointOf(settings, home),
    pathStyle: settings.tigrisPathStyle,
  }),
};

function keyIn({ type, urn, id = "", inputs, outputs }: StoredResource, tenant: string): OpenKey[] {
  const { purpose, mode, bucket, issued, rotation, enabled } = inputs as Readonly<Record<string, unknown>>;
  if (type !== "tenantry:tigris:AccessKey" || tenantOf(urn) !== tenant) return [];
  const name = /^access-(.*)$/.exec(String(purpose))?.[1];
  // Of one that was deleted outside only its policy is left, until the next `up`.
  if (name === undefined || typeof issued !== "string") return [];
  const due = new Date(Date.parse(issued) + (parseDuration(String(rotation)) ?? 0)).toISOString();
  const place = { backend: "tigris", bucket: String(bucket), region: "auto" } as const;
  const key = { name, mode: mode as Mode, keyId: id, ...place, issued, due };
  return [{ ...key, enabled: enabled !== false, secret: String(inClear(outputs["secretAccessKey"])) }];
}
