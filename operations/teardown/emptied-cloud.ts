import { tigrisClient } from "../../provider/tigris/client.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import { flyClient } from "../../provider/fly/client.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import { parseUrn } from "../../resource-kinds/urn.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import type { StoredResource } from "../engine/stack-state.ts";
import { tenantOf } from "../engine/steps.ts";

/**
 * Deletes a stack's data on its embedded cloud: buckets with their contents, databases despite their protection, volumes.
 * What is already gone is a success. The provider cannot do this: it never empties or forces.
 *
 * Throws an error when the stack is not on an embedded cloud; callers check this first.
 */
export async function deleteHolders(context: StackContext, stored: readonly StoredResource[]): Promise<void> {
  if (context.settings.cloud !== "embedded") throw new Error("only an embedded cloud is emptied");
  const deletion = deletions(context);
  for (const { type, id = "", urn } of stored) await deletion[type]?.(id, tenantOf(urn));
}

type Deletion = (id: string, tenant: string) => Promise<void>;

/** By resource type. */
function deletions(context: StackContext): Readonly<Record<string, Deletion>> {
  const { tigris, turso, fly } = accountsOf(context.settings, context.home, process.env);
  const databases = tursoClient(turso);
  const volumes = flyClient(fly);
  return {
    "tenantry:tigris:Bucket": bucketDeletion(tigris),
    async "tenantry:turso:Database"(name, tenant) {
      if ((await databases.database(name, { tenant })) === undefined) return;
      await databases.configure(name, { delete_protection: false }, { tenant });
      await databases.deleteDatabase(name, { tenant });
    },
    async "tenantry:fly:Volume"(id, tenant) {
      const [app = "", volume = ""] = id.split("/");
      const at = { app, volume };
      if ((await volumes.volume(at, { tenant })) !== undefined) await volumes.destroyVolume(at, { tenant });
    },
  };
}

/** With soft delete the name would stay reserved, and the next `up` could not make the bucket. */
function bucketDeletion(account: Parameters<typeof tigrisClient>[0]): Deletion {
  const { buckets } = tigrisClient(account);
  return async (name, tenant) => {
    if ((await buckets.metadata(name, { tenant })) === undefined) return;
    await buckets.patch(name, { body: { soft_delete: { enabled: false } }, headers: {} }, { tenant });
    const { DeleteBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
    const { accessKeyId, secretAccessKey } = account;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ ...ownSettings(account), region: "auto", credentials });
    const command = new DeleteBucketCommand({ Bucket: name });
    command.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: Record<string, string> }).headers, { "Tigris-Force-Delete": "true" });
        return next(args);
      },
      { step: "build", name: "force" },
    );
    await client.send(command);
    client.destroy();
  };
}

/** The URNs of what uses the data: machines go first, so that nothing is written while it goes. */
export function machinesIn(stored: readonly StoredResource[]): string[] {
  return stored.flatMap(({ urn }) => (parseUrn(urn).types.at(-1) === "tenantry:fly:Machine" ? [urn] : []));
}
