import { awsKeys } from "./aws-s3.ts";
import type { BucketBackend, KeyBook } from "./key-book.ts";
import { tigrisKeys } from "./tigris.ts";

/** Every backend that has buckets. */
export const KEY_BOOKS: Readonly<Record<BucketBackend, KeyBook>> = { tigris: tigrisKeys, "aws-s3": awsKeys };
