import { S3Client } from "@aws-sdk/client-s3";

/** A place in a bucket. */
export interface BucketAddress {
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
}

/** How the bucket is reached. */
export interface BucketAccess {
  /** Where S3 answers. Default: what AWS' own tools take, from AWS_ENDPOINT_URL_S3 and the profile; else AWS. */
  readonly endpoint?: string | undefined;
  /** A profile of `~/.aws`. Default: AWS_PROFILE. */
  readonly profile?: string | undefined;
  /** The bucket is named in the path, not by a host name. */
  readonly pathStyle?: boolean | undefined;
}

/** `s3://bucket/prefix`; undefined for what is none. Pure. */
export function bucketAddress(text: string): BucketAddress | undefined {
  const [, bucket, rest = ""] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined) return undefined;
  const prefix = rest.replace(/\/+$/, "");
  return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
}

/**
 * A client for a bucket of the team's own, with the credentials and settings that AWS' own tools would take: from the
 * environment, a profile, a role. The region `auto` where none is set and an endpoint is.
 */
export async function bucketClient({ endpoint, profile, pathStyle = false }: BucketAccess): Promise<S3Client> {
  const settings = {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    forcePathStyle: pathStyle,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
  };
  const client = new S3Client(settings);
  if (endpoint === undefined) return client;
  const region = await client.config.region().catch(() => "auto");
  client.destroy();
  return new S3Client({ ...settings, region });
}
