import type * as Sdk from "@aws-sdk/client-s3";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Serving } from "../http/serving.ts";
import { type Asking, inventory, type Stored } from "./bucket-inventory.ts";
import { tigrisErrors } from "./errors.ts";
import { asVendorError, type LoadedS3 } from "./s3-client.ts";

/** Calls that list all of a bucket, and delete what they are told to, one by one. */
export interface EmptyingCalls {
  /** See bucket-inventory.ts. Throws like every call. */
  inventory(name: string, about: { readonly keepsVersions: boolean }, serving: Serving): AsyncGenerator<Stored[]>;
  /**
   * Deletes exactly these, at most 1000; what is already gone counts as deleted. Throws TIGRIS_BUCKET_NOT_EMPTY for what
   * Tigris refuses to delete. Source: S3, DeleteObjects, DeleteObject, AbortMultipartUpload.
   */
  removeStored(name: string, stored: readonly Stored[], serving: Serving): Promise<void>;
}

/** XML 1.0 cannot write most control characters, nor these two, and reads a carriage return as a line end: alone, then. */
const NOT_IN_XML = /[^\P{Cc}\t\n]|[\ufffe\uffff]/u;

/** The calls, over S3. */
export function emptyingCalls(load: () => Promise<LoadedS3>): EmptyingCalls {
  const translated = async <Result>(
    call: string,
    name: string,
    { tenant, signal }: Serving,
    work: (asking: Asking & LoadedS3) => Promise<Result>,
  ): Promise<Result> => {
    const loaded = await load();
    try {
      return await work({ ...loaded, options: signal === undefined ? {} : { abortSignal: signal } });
    } catch (error) {
      throw asVendorError(error, { call, resource: `bucket ${name}`, tenant, signal }, loaded.now());
    }
  };
  return {
    async *inventory(name, { keepsVersions }, serving) {
      const pages = await translated("ListObjectsV2", name, serving, (asking) =>
        Promise.resolve(inventory(asking, name, keepsVersions)),
      );
      for (;;) {
        const page = await translated("listing of all that is there", name, serving, () => pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    },
    async removeStored(name, stored, serving) {
      const isAlone = (each: Stored) => each.kind === "upload" || NOT_IN_XML.test(each.key);
      const together = stored.filter((each) => !isAlone(each));
      await translated("DeleteObjects", name, serving, async (asking) => {
        if (together.length > 0) await removeTogether(asking, name, together, serving);
        for (const each of stored.filter(isAlone)) await removeAlone(asking, name, each);
      });
    },
  };
}

async function removeTogether(
  { sdk, s3, options }: Asking & LoadedS3,
  Bucket: string,
  stored: readonly Stored[],
  { tenant }: Serving,
): Promise<void> {
  const Objects = stored.map((each): Sdk.ObjectIdentifier => ({ Key: each.key, VersionId: versionOf(each) }));
  const { Errors = [] } = await s3.send(
    new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    options,
  );
  const [first] = Errors;
  if (first === undefined) return;
  const what = `${Errors.length} could not be deleted, such as ${JSON.stringify(first.Key)}: ${first.Code ?? ""} ${first.Message ?? ""}`;
  throw new TenantryError(tigrisErrors.TIGRIS_BUCKET_NOT_EMPTY, what, { resource: `bucket ${Bucket}`, tenant });
}

async function removeAlone({ sdk, s3, options }: Asking & LoadedS3, Bucket: string, stored: Stored) {
  const { key: Key } = stored;
  if (stored.kind !== "upload") {
    await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId: versionOf(stored) }), options);
    return;
  }
  try {
    await s3.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId: stored.uploadId }), options);
  } catch (error) {
    if ((error as { name?: string }).name !== "NoSuchUpload") throw error;
  }
}

function versionOf(stored: Stored): string | undefined {
  return stored.kind === "upload" ? undefined : stored.versionId;
}
