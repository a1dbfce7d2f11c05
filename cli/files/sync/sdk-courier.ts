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
import type { Courier } from "./courier.ts";

/** The AWS SDK, where there is no rclone. */
export function sdkCourier(client: S3Client, bucket: string): Courier {
  return {
    name: "the AWS SDK",
    async download(paths, folder, onProgress) {
      let bytes = 0;
      await each(
        paths,
        (path) => path,
        async (path) => {
          const file = join(folder, path);
          const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: path }));
          if (statSync(file, { throwIfNoEntry: false })?.size === ContentLength) {
            (Body as Readable).destroy();
            return;
          }
          await mkdir(dirname(file), { recursive: true });
          await pipeline(Body as Readable, createWriteStream(file));
          onProgress((bytes += ContentLength ?? 0));
        },
      );
    },
    async upload(files, folder, onProgress) {
      let bytes = 0;
      await each(
        files,
        ({ path }) => path,
        async ({ path, as }) => {
          const Body = createReadStream(join(folder, path));
          await new Upload({ client, params: { Bucket: bucket, Key: as, Body } }).done();
          onProgress((bytes += statSync(join(folder, path)).size));
        },
      );
    },
  };
}

/** Tries every item, whatever happens to the others. Throws SYNC_TRANSFER_FAILED. */
async function each<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  await atOnce(items, (item) =>
    work(item).catch((error: unknown) => {
      failures.push(`${nameOf(item)}: ${(error as Error).name}`);
    }),
  );
  if (failures.length === 0) return;
  const words = failures.slice(0, 5).join("\n  ");
  throw new TenantryError(filesErrors.SYNC_TRANSFER_FAILED, `${failures.length} of ${items.length} failed\n  ${words}`);
}
