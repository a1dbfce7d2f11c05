import type { S3Client } from "@aws-sdk/client-s3";

import { askConsistently } from "../../provider/tigris/consistent.ts";
import { refusePages } from "../../provider/tigris/page-refusal.ts";
import { ownSettings } from "../../provider/tigris/own-settings.ts";
import type { BucketAccess } from "./key-forms.ts";

/** An S3 client with a person's key. It gives up a line that has gone silent. */
export async function clientFor({ key, ...place }: BucketAccess): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    ...ownSettings(place),
    region: key.region,
    credentials: { accessKeyId: key.keyId, secretAccessKey: key.secret },
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 30_000 },
  });
  return refusePages(askConsistently(client));
}
