import type * as S3 from "@aws-sdk/client-s3";

import type { Credential } from "./credential.ts";
import { type EngineVersions, engineVersions } from "./engine-versions.ts";
import { type KeptNames, STAND_IN } from "./kept-names.ts";
import { REGION } from "./versitygw.ts";

/** What the gateway asks of the S3 engine in root's name. */
export interface EngineBuckets extends EngineVersions {
  exists(bucket: string): Promise<boolean>;
  isEmpty(bucket: string): Promise<boolean>;
  size(bucket: string): Promise<{ objects: number; bytes: number }>;
  /** Deletes one object. */
  remove(bucket: string, key: string): Promise<void>;
  /** Deletes the bucket with all that is in it. Safe to repeat. */
  destroy(bucket: string): Promise<void>;
  close(): void;
}

/** @param names the objects' names, where the engine's lists show others */
export function engineBuckets(port: number, root: Credential, names: KeptNames): EngineBuckets {
  let opened: { sdk: typeof S3; client: S3.S3Client } | undefined;
  // The SDK takes longer to load than all the rest of the cloud, and most runs never need it.
  const open = async () => {
    if (opened !== undefined) return opened;
    const sdk = await import("@aws-sdk/client-s3");
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new sdk.S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: root });
    return (opened ??= { sdk, client });
  };

  async function* pages(bucket: string) {
    const { sdk, client } = await open();
    yield* sdk.paginateListObjectsV2({ client }, { Bucket: bucket });
  }

  const versions = engineVersions(open, names);
  return {
    ...versions,
    async exists(bucket) {
      const { sdk, client } = await open();
      try {
        await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }));
        return true;
      } catch (error) {
        // Not there, or of a name that no bucket can have.
        if (error instanceof sdk.S3ServiceException && error.$fault === "client") return false;
        throw error;
      }
    },
    async isEmpty(bucket) {
      const { sdk, client } = await open();
      const answer = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
      return (answer.KeyCount ?? 0) === 0;
    },
    async size(bucket) {
      const total = { objects: 0, bytes: 0 };
      for await (const { Contents = [] } of pages(bucket)) {
        total.objects += Contents.length;
        total.bytes += Contents.reduce((sum, object) => sum + (object.Size ?? 0), 0);
      }
      return total;
    },
    async remove(bucket, key) {
      const { sdk, client } = await open();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async destroy(bucket) {
      const { sdk, client } = await open();
      try {
        await empty({ sdk, client, names, nameOf: versions.nameOf }, bucket);
        await client.send(new sdk.DeleteBucketCommand({ Bucket: bucket }));
      } catch (error) {
        if (error instanceof sdk.S3ServiceException && error.name === "NoSuchBucket") return;
        throw error;
      }
    },
    close: () => opened?.client.destroy(),
  };
}

/** Every version of every object, and the parts of unfinished uploads. */
async function empty({ sdk, client, names, nameOf }: Emptying, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    const all = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    if (all.length === 0) break;
    const [odd, Objects] = [all, all].map((each, index) =>
      each.filter(({ Key }) => Key.includes(STAND_IN) === (index === 0)),
    ) as [typeof all, typeof all];
    if (Objects.length > 0)
      await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    // XML cannot name these: one by one.
    for (const { Key: listed, VersionId } of odd) {
      const Key = await nameOf(Bucket, listed, VersionId ?? "null");
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
  }
  const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket }));
  await Promise.all(
    Uploads.map(({ Key = "", UploadId = "" }) => {
      const kept = Key.includes(STAND_IN) ? (names.ofUpload(Bucket, UploadId) ?? Key) : Key;
      return client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key: kept, UploadId }));
    }),
  );
}

interface Emptying extends Pick<EngineVersions, "nameOf"> {
  readonly sdk: typeof S3;
  readonly client: S3.S3Client;
  readonly names: KeptNames;
}
