import type { Descriptor } from "../stack/accounts.ts";

/**
 * What the vendors' own command lines and SDKs read from the environment, to ask the embedded cloud: flyctl, turso, aws,
 * rclone (with `env_auth`), and @tigrisdata/storage. Its credentials open nothing else. Pure.
 */
export function cloudEnvironment({ fly, turso, tigris }: Descriptor): Readonly<Record<string, string>> {
  return {
    FLY_API_BASE_URL: fly.endpoint,
    FLY_FLAPS_BASE_URL: fly.endpoint,
    FLY_API_TOKEN: fly.token,
    FLY_NO_UPDATE_CHECK: "1",
    TURSO_API_BASEURL: turso.endpoint,
    TURSO_API_TOKEN: turso.token,
    AWS_ENDPOINT_URL: tigris.endpoint,
    AWS_ENDPOINT_URL_S3: tigris.endpoint,
    AWS_ENDPOINT_URL_IAM: tigris.iamEndpoint,
    AWS_REGION: "auto",
    // boto3 and aws-cli read this one only, and sign for us-east-1 without it.
    AWS_DEFAULT_REGION: "auto",
    AWS_ACCESS_KEY_ID: tigris.accessKeyId,
    AWS_SECRET_ACCESS_KEY: tigris.secretAccessKey,
    TIGRIS_STORAGE_ENDPOINT: tigris.endpoint,
    TIGRIS_STORAGE_ACCESS_KEY_ID: tigris.accessKeyId,
    TIGRIS_STORAGE_SECRET_ACCESS_KEY: tigris.secretAccessKey,
  };
}
