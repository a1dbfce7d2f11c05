import { awsKeys } from "./aws-s3.ts";
import type { BucketBackend, BackendKeys } from "./backend-keys.ts";
import { tigrisKeys } from "./tigris.ts";

/** Every backend that has buckets. */
export const BACKEND_KEYS: Readonly<Record<BucketBackend, BackendKeys>> = { tigris: tigrisKeys, "aws-s3": awsKeys };
