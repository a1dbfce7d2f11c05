import { GetObjectCommand, type GetObjectCommandOutput, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

import { AS_OF } from "../../provider/tigris/snapshot-calls.ts";

/** A bucket, now or as of a snapshot. */
export interface BucketView {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Undefined: as it is. */
  readonly version?: string;
}

/** An object's data in a list. */
export interface ObjectSeen {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** All objects below a prefix, page by page. */
export async function* objectsIn(view: BucketView, prefix: string): AsyncGenerator<ObjectSeen> {
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: view.bucket,
      Prefix: prefix,
      EncodingType: "url",
      ContinuationToken: token,
    });
    const page = await view.s3.send(asOf(command, view.version));
    const isEncoded = page.EncodingType === "url";
    for (const { Key = "", ETag = "", Size = 0 } of page.Contents ?? [])
      yield {
        key: isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key,
        etag: ETag.replaceAll('"', ""),
        size: Size,
      };
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** One object with its content. */
export function readObject(view: BucketView, key: string): Promise<GetObjectCommandOutput> {
  return view.s3.send(asOf(new GetObjectCommand({ Bucket: view.bucket, Key: key }), view.version));
}

interface Headed {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
      options: { step: "build"; name: string },
    ): void;
  };
}

/** Before signing, so that the header is part of what is signed. */
function asOf<Command>(command: Command, version: string | undefined): Command {
  if (version === undefined) return command;
  (command as Headed).middlewareStack.add(
    (next) => (args) => {
      (args as { request: { headers: Record<string, string> } }).request.headers[AS_OF] = version;
      return next(args);
    },
    { step: "build", name: "tigrisAsOf" },
  );
  return command;
}
