import { createReadStream, createWriteStream, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { filesErrors } from "../errors.ts";
import { atOnce } from "./at-once.ts";
import { CHANGED_THERE, isOvertaken, onlyOver } from "./conditions.ts";
import type { Courier, Landing, Shipment } from "./courier.ts";

/** The AWS SDK, where there is no rclone, and where an upload must overwrite nothing that nobody has seen. */
export function sdkCourier(client: S3Client, bucket: string): Courier {
  return {
    name: "the AWS SDK",
    async download(wanted, folder, onProgress) {
      let bytes = 0;
      const files = [...wanted].map(([path, { size }]) => ({ path, size, file: join(folder, path) }));
      const missing = files.filter(({ file, size }) => statSync(file, { throwIfNoEntry: false })?.size !== size);
      await each(missing, async ({ path, size, file }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
        await mkdir(dirname(file), { recursive: true });
        await pipeline(Body as Readable, createWriteStream(file));
        onProgress((bytes += size));
      });
    },
    async upload(files, folder, onProgress) {
      let bytes = 0;
      const landings = await atOnce(files, async (file): Promise<[string, Landing]> => {
        const landing = await upload(client, bucket, { ...file, folder });
        onProgress((bytes += statSync(join(folder, file.path), { throwIfNoEntry: false })?.size ?? 0));
        return [file.path, landing];
      });
      return new Map(landings);
    },
  };
}

async function upload(
  client: S3Client,
  bucket: string,
  { path, as, replaces, folder }: Shipment & { readonly folder: string },
): Promise<Landing> {
  const Body = createReadStream(join(folder, path));
  try {
    const params = { Bucket: bucket, Key: as, Body, ...onlyOver(replaces) };
    const { ETag = "" } = await new Upload({ client, params }).done();
    return { etag: ETag.replaceAll('"', "") };
  } catch (error) {
    if (isOvertaken(error)) return { problem: CHANGED_THERE };
    const { code, name } = error as NodeJS.ErrnoException;
    return { problem: `was not uploaded: ${code ?? name}` };
  } finally {
    Body.destroy();
  }
}

/** Tries every file, whatever happens to the others. Throws SYNC_TRANSFER_FAILED. */
async function each<File extends { readonly path: string }>(
  files: readonly File[],
  work: (file: File) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  await atOnce(files, (file) =>
    work(file).catch((error: unknown) => {
      failures.push(`${file.path}: ${(error as Error).name}`);
    }),
  );
  if (failures.length === 0) return;
  const words = failures.slice(0, 5).join("\n  ");
  throw new TenantryError(filesErrors.SYNC_TRANSFER_FAILED, `${failures.length} of ${files.length} failed\n  ${words}`);
}
