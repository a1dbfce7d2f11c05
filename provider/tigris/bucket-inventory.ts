import { createHash } from "node:crypto";

import type * as Sdk from "@aws-sdk/client-s3";

import { ENCODED, nameIn } from "./encoded-names.ts";

/** One thing that a bucket holds. Versions and delete markers are there only where a bucket keeps snapshots. */
export type Stored =
  | {
      readonly kind: "object";
      readonly key: string;
      readonly etag: string;
      readonly size: number;
      readonly at: number;
      /** Set if the bucket keeps versions. It does not identify an object, because an export does not contain it. */
      readonly versionId?: string;
    }
  | BesideObjects;
/** Contents of a bucket that no plain list shows. */
export type BesideObjects =
  | { readonly kind: "version" | "marker"; readonly key: string; readonly versionId: string; readonly at: number }
  | { readonly kind: "upload"; readonly key: string; readonly uploadId: string; readonly at: number };

/** What asks S3: a client, with its errors translated or not. */
export interface Asking {
  readonly sdk: Pick<typeof Sdk, "ListObjectsV2Command" | "ListObjectVersionsCommand" | "ListMultipartUploadsCommand">;
  readonly s3: Pick<Sdk.S3Client, "send">;
  /** For each call. */
  readonly options: { abortSignal?: AbortSignal };
}

/**
 * Everything that can be reached in a bucket, page by page: objects with their older versions and delete markers, then
 * uploads that nobody finished. What soft delete keeps is not among it. `at`: when it was written, in milliseconds.
 *
 * Source: S3, ListObjectsV2, ListObjectVersions, ListMultipartUploads.
 */
export async function* inventory(asking: Asking, bucket: string, keepsVersions: boolean): AsyncGenerator<Stored[]> {
  yield* keepsVersions ? versions(asking, bucket) : objects(asking, bucket);
  yield* uploads(asking, bucket);
}

/** The same without the objects. */
export async function* besidesObjects(
  asking: Asking,
  bucket: string,
  keepsVersions: boolean,
): AsyncGenerator<BesideObjects[]> {
  if (keepsVersions)
    for await (const page of versions(asking, bucket)) yield page.filter((each) => each.kind !== "object");
  yield* uploads(asking, bucket);
}

const time = (date: Date | undefined) => date?.getTime() ?? 0;

async function* objects({ sdk, s3, options }: Asking, Bucket: string): AsyncGenerator<Stored[]> {
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new sdk.ListObjectsV2Command({ Bucket, ...ENCODED, ContinuationToken }), options);
    yield (page.Contents ?? []).map(({ Key, ETag = "", Size = 0, LastModified }) => ({
      kind: "object",
      key: nameIn(page, Key),
      etag: ETag.replaceAll('"', ""),
      size: Size,
      at: time(LastModified),
    }));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

async function* versions({ sdk, s3, options }: Asking, Bucket: string): AsyncGenerator<Stored[]> {
  let after: Pick<Sdk.ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> | undefined = {};
  while (after !== undefined) {
    const page: Sdk.ListObjectVersionsCommandOutput = await s3.send(
      new sdk.ListObjectVersionsCommand({ Bucket, ...ENCODED, ...after }),
      options,
    );
    const place = (Key: string | undefined, VersionId: string | undefined, LastModified: Date | undefined) => ({
      key: nameIn(page, Key),
      versionId: VersionId ?? "null",
      at: time(LastModified),
    });
    yield [
      ...(page.Versions ?? []).map(({ Key, VersionId, LastModified, IsLatest, ETag = "", Size = 0 }): Stored => {
        const at = place(Key, VersionId, LastModified);
        return IsLatest === true
          ? { kind: "object", ...at, etag: ETag.replaceAll('"', ""), size: Size }
          : { kind: "version", ...at };
      }),
      ...(page.DeleteMarkers ?? []).map(({ Key, VersionId, LastModified }): Stored => ({
        kind: "marker",
        ...place(Key, VersionId, LastModified),
      })),
    ];
    after =
      page.IsTruncated === true
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
  }
}

async function* uploads({ sdk, s3, options }: Asking, Bucket: string): AsyncGenerator<BesideObjects[]> {
  let after: Pick<Sdk.ListMultipartUploadsCommandInput, "KeyMarker" | "UploadIdMarker"> | undefined = {};
  while (after !== undefined) {
    const page: Sdk.ListMultipartUploadsCommandOutput = await s3.send(
      new sdk.ListMultipartUploadsCommand({ Bucket, ...ENCODED, ...after }),
      options,
    );
    yield (page.Uploads ?? []).map(({ Key, UploadId = "", Initiated }) => ({
      kind: "upload",
      key: nameIn(page, Key),
      uploadId: UploadId,
      at: time(Initiated),
    }));
    after =
      page.IsTruncated === true
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
  }
}

/** A digest of a bucket's contents: the same contents give the same digest, in any order. */
export class ContentsDigest {
  readonly #lines: string[] = [];

  add(stored: Stored): void {
    this.#lines.push(
      createHash("sha256")
        .update(JSON.stringify(identity(stored)))
        .digest("base64"),
    );
  }

  /** SHA-256 in hex. About 50 bytes of memory for each thing that was added. */
  hex(): string {
    const hash = createHash("sha256");
    for (const line of this.#lines.sort()) hash.update(`${line}\n`);
    return hash.digest("hex");
  }
}

function identity(stored: Stored): readonly (string | number)[] {
  const { kind, key } = stored;
  if (stored.kind === "object") return [kind, key, stored.etag, stored.size];
  return [kind, key, stored.kind === "upload" ? stored.uploadId : stored.versionId];
}
