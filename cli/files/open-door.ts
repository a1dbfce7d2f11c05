import { tigrisfsEnv } from "../../components/machine-config.ts";
import { storageEndpointOf } from "../../stack/accounts.ts";
import type { StackContext } from "../stack-context.ts";
import { storedResources } from "../stack-state.ts";
import { declaredTenant } from "../tenant-argument.ts";
import type { Door } from "./key-forms.ts";
import { chosenKey, personalKeys } from "./personal-keys.ts";

/**
 * The way in to a tenant's files with a person's own key, never the machine's.
 * Throws NO_SUCH_TENANT, ACCESS_NAME_NEEDED, ACCESS_UNKNOWN, ACCESS_NOT_APPLIED, ACCESS_SUSPENDED.
 */
export async function openDoor(context: StackContext, id: string, name: string | undefined): Promise<Door> {
  const tenant = declaredTenant(context, id);
  const endpoint = storageEndpointOf(context.settings, context.home);
  const keys = personalKeys(id, await storedResources(context, { secrets: true }));
  return { tenant: id, key: chosenKey(tenant, keys, name), endpoint, tigrisfs: tigrisfsEnv(tenant.mount) };
}
