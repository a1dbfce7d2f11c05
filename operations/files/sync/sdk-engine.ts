import { createReadStream, createWriteStream, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload as SdkUpload } from "@aws-sdk/lib-storage";

import { atOnce } from "./at-once.ts";
import { CHANGED_THERE, isOvertaken, onlyOver } from "./conditions.ts";
import type { TransferEngine, Upload, UploadResult } from "./transfer-engine.ts";

/** The AWS SDK: downloads where there is no rclone, and uploads, which must overwrite nothing that was not seen. */
export function sdkEngine(client: S3Client, bucket: string): TransferEngine {
  return {
    name: "the AWS SDK",
    async download(wanted, folder, onProgress) {
      let bytes = 0;
      const problems = new Map<string, string>();
      await atOnce([...wanted], async ([path, { size, id }]) => {
        try {
          const file = join(folder, path);
          if (statSync(file, { throwIfNoEntry: false })?.size === size) return;
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path, IfMatch: `"${id}"` }));
          await mkdir(dirname(file), { recursive: true });
          await pipeline(Body as Readable, createWriteStream(file));
          onProgress((bytes += size));
        } catch (error) {
          problems.set(path, isOvertaken(error) ? CHANGED_THERE : `did not arrive: ${reasonOf(error)}`);
        }
      });
      return problems;
    },
    async upload(files, folder, onProgress) {
      let bytes = 0;
      const results = await atOnce(files, async (file): Promise<[string, UploadResult]> => {
        const result = await upload(client, bucket, { ...file, folder });
        onProgress((bytes += statSync(join(folder, file.path), { throwIfNoEntry: false })?.size ?? 0));
        return [file.path, result];
      });
      return new Map(results);
    },
  };
}

async function upload(
  client: S3Client,
  bucket: string,
  { path, as, replaces, folder }: Upload & { readonly folder: string },
): Promise<UploadResult> {
  const Body = createReadStream(join(folder, path));
  try {
    const params = { Bucket: bucket, Key: as, Body, ...onlyOver(replaces) };
    const { ETag = "" } = await new SdkUpload({ client, params }).done();
    return { etag: ETag.replaceAll('"', "") };
  } catch (error) {
    return { problem: isOvertaken(error) ? CHANGED_THERE : `was not uploaded: ${reasonOf(error)}` };
  } finally {
    Body.destroy();
  }
}

function reasonOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
