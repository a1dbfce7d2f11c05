import { TIGRISFS_FLAGS } from "../../container/tigrisfs-flags.ts";
import { isByPath, type S3Place } from "../../provider/tigris/addressing.ts";
import { CONSISTENT } from "../../provider/tigris/consistent.ts";
import { envLines } from "../engine/tenant-environment.ts";
import { BACKEND_KEYS } from "./backend-keys/all-backends.ts";
import type { OpenKey } from "./backend-keys/backend-keys.ts";

/** A person's key and all that is needed to use it. Holds the secret: never print one of these unasked. */
export interface BucketAccess extends S3Place {
  readonly tenant: string;
  readonly key: OpenKey;
  /** TIGRISFS_* for a mount on a computer: those of the tenant's own machine, but for a cache that is long because the machine is watched. */
  readonly tigrisfs: Readonly<Record<string, string>>;
  /** A warning before a write. Absent: none. */
  readonly caution?: string;
  /** Within how many seconds the tenant's machine sees what is changed here; default: unknown. */
  readonly seenWithin?: number;
}

/** The ways to write a key down, each the text of a file. */
export const KEY_FORMS = {
  rclone: rcloneConf,
  aws: awsConfig,
  tigrisfs: tigrisfsScript,
  env: (access: BucketAccess) => envLines(accessEnvironment(access)),
} as const;

export type KeyForm = keyof typeof KEY_FORMS;

/** What S3 programs read from the environment. */
export function accessEnvironment({ key, endpoint, pathStyle }: BucketAccess): Readonly<Record<string, string>> {
  return {
    BUCKET_NAME: key.bucket,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: key.region,
    AWS_ACCESS_KEY_ID: key.keyId,
    AWS_SECRET_ACCESS_KEY: key.secret,
    ...(pathStyle === true ? { S3_PATH_STYLE: "true" } : {}),
  };
}

/** What rclone needs to know of a remote. The key may neither list nor make buckets, so that is not tried. */
export function rcloneOptions({ key, ...place }: BucketAccess): Readonly<Record<string, string>> {
  return {
    type: "s3",
    provider: BACKEND_KEYS[key.backend].rcloneProvider,
    access_key_id: key.keyId,
    secret_access_key: key.secret,
    endpoint: place.endpoint,
    region: key.region,
    force_path_style: String(isByPath(place)),
    no_check_bucket: "true",
  };
}

function profileOf({ tenant, key }: BucketAccess): string {
  return `${tenant}-${key.name}`;
}

function section(title: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name} = ${value}\n`);
  return `[${title}]\n${lines.join("")}`;
}

function rcloneConf(access: BucketAccess): string {
  const consistently = `--header '${CONSISTENT.name}: ${CONSISTENT.value}'`;
  const use = `# rclone ${consistently} ls ${profileOf(access)}:${access.key.bucket}\n`;
  return use + section(profileOf(access), rcloneOptions(access));
}

/** Also the secret may be in the config file; the AWS CLI, boto3 and the SDKs read it there. */
function awsConfig(access: BucketAccess): string {
  const use = `# AWS_CONFIG_FILE=<this file> aws s3 ls s3://${access.key.bucket} --profile ${profileOf(access)}\n`;
  const credentials = { aws_access_key_id: access.key.keyId, aws_secret_access_key: access.key.secret };
  const place = { region: access.key.region, endpoint_url: access.endpoint };
  const style = isByPath(access) ? "path" : "virtual";
  return `${use}${section(`profile ${profileOf(access)}`, { ...credentials, ...place })}s3 =\n  addressing_style = ${style}\n`;
}

function tigrisfsScript(access: BucketAccess): string {
  const credentials = { AWS_ACCESS_KEY_ID: access.key.keyId, AWS_SECRET_ACCESS_KEY: access.key.secret };
  const exports = envLines(credentials)
    .replaceAll(/^/gm, "export ")
    .replace(/export $/, "");
  const place = [`--endpoint=${access.endpoint}`, ...(isByPath(access) ? [] : ["--subdomain"])];
  const flags = ["-f", ...place, `--region=${access.key.region}`, ...tigrisfsFlags(access)];
  return `#!/bin/sh\n# sh <this file> DIR\n${exports}exec tigrisfs ${flags.join(" ")} ${access.key.bucket} "$1"\n`;
}

/** The tenant's own options, our defaults where they differ from TigrisFS's, and read-only for a key that is. */
function tigrisfsFlags({ key, tigrisfs }: BucketAccess): string[] {
  const set: Readonly<Record<string, string>> = {
    ...tigrisfs,
    ...(key.mode === "read-only" ? { TIGRISFS_READ_ONLY: "true" } : {}),
  };
  const memoryLimitMb = Number(set["TIGRISFS_MEMORY_LIMIT"] ?? 1000);
  return TIGRISFS_FLAGS.flatMap(({ env, flag, kind, ours }) => {
    const value = set[env] ?? (typeof ours === "function" ? ours(memoryLimitMb) : ours);
    if (value === undefined || value === "false") return [];
    return [kind === "switch" ? flag : `${flag}=${value}`];
  });
}
