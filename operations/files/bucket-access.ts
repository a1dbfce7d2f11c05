import { tigrisfsEnv } from "../../components/machine-config.ts";
import { seenWithin } from "../../container/freshness.ts";
import type { StackContext } from "../../stack/context.ts";
import { durationSeconds } from "../../tenants/model/duration.ts";
import { storedResources } from "../engine/stack-state.ts";
import { declaredTenant } from "../engine/named-tenant.ts";
import { BACKEND_KEYS } from "./backend-keys/all-backends.ts";
import type { BucketAccess } from "./key-forms.ts";
import { regionalConditions } from "./sync/conditions.ts";
import { bucketInUse, chosenKey, personalKeys } from "./personal-keys.ts";

/**
 * The way in to a tenant's files with a person's own key, never the machine's.
 * Throws NO_SUCH_TENANT, ACCESS_NO_BUCKET, ACCESS_NAME_NEEDED, ACCESS_UNKNOWN, ACCESS_NOT_APPLIED, ACCESS_SUSPENDED.
 */
export async function openBucketAccess(
  context: StackContext,
  id: string,
  name: string | undefined,
): Promise<BucketAccess> {
  const tenant = declaredTenant(context, id);
  // Before the state is read: no state makes a volume a bucket.
  bucketInUse(tenant);
  const keys = personalKeys(id, await storedResources(context, { secrets: true }));
  const key = chosenKey(tenant, keys, name);
  const caution = regionalConditions(tenant);
  return {
    tenant: id,
    key,
    ...BACKEND_KEYS[key.backend].place(key, context),
    tigrisfs: tigrisfsEnv(tenant.mount),
    ...(caution === undefined ? {} : { caution }),
    ...(tenant.mount.by === "tigrisfs" ? { seenWithin: seenWithin(durationSeconds(tenant.mount.statCacheTtl)) } : {}),
  };
}
