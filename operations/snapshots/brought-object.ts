import { Readable } from "node:stream";

import type { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { httpErrors } from "../../provider/http/errors.ts";
import { isOvertaken, onlyOver } from "../files/sync/conditions.ts";
import { EtagCheck } from "./etag-check.ts";
import { readObject } from "./objects-as-of.ts";

/** An object as of a snapshot, and where it goes in its bucket. */
export interface Bringing {
  readonly bucket: string;
  readonly version: string;
  readonly key: string;
  readonly to: string;
  /** The ETag of the version that may be written over. Default: none may. */
  readonly over?: string | undefined;
}

/**
 * Restores an object from a snapshot, with its type and metadata. False: the current object with this name must not be
 * overwritten, and stays. A partial download is not written.
 */
export async function bringObject(s3: S3Client, { bucket, version, key, to, over }: Bringing): Promise<boolean> {
  const { Body, ContentType, ContentLength = 0, Metadata, ETag = "" } = await readObject({ s3, bucket, version }, key);
  const about = {
    ...(ContentType === undefined ? {} : { ContentType }),
    ...(Metadata === undefined ? {} : { Metadata }),
  };
  try {
    const content = Readable.from(whole(Body as Readable, new EtagCheck(ETag.replaceAll('"', ""), ContentLength), key));
    const params = { Bucket: bucket, Key: to, Body: content, ...about, ...onlyOver(over) };
    await new Upload({ client: s3, params }).done();
    return true;
  } catch (error) {
    if (isOvertaken(error)) return false;
    throw error;
  }
}

/** The content, which ends in an error where it is not what its ETag says, so that nothing of it is written. */
async function* whole(content: AsyncIterable<Uint8Array>, check: EtagCheck, key: string): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    check.update(piece);
    yield piece;
  }
  if (check.verdict() === false)
    throw new TenantryError(httpErrors.VENDOR_UNREACHABLE, `only a part of ${JSON.stringify(key)} arrived`);
}
