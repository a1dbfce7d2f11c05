import { describe, expect, it } from "@jest/globals";

import { s3Operation, s3Target } from "../../../local/tigris/s3-operation.ts";

const name = (method: string, url: string, headers: Record<string, string> = {}) =>
  s3Operation(s3Target(method, url, (header) => headers[header]));

describe("the name of an S3 request", () => {
  it.each([
    ["GET", "/", {}, "ListBuckets", false],
    ["GET", "/?IncludeStats=true", {}, "ListBuckets", false],
    ["GET", "/", { "x-tigris-snapshot": "b" }, "ListBucketSnapshots", false],
    ["POST", "/?func=presign", {}, "PresignUrl", false],
    ["PUT", "/b", {}, "CreateBucket", true],
    ["PUT", "/b/", {}, "CreateBucket", true],
    ["PUT", "/b", { "x-tigris-snapshot": "true" }, "CreateBucketSnapshot", true],
    ["PATCH", "/b", {}, "PatchBucket", true],
    ["HEAD", "/b", {}, "HeadBucket", false],
    ["GET", "/b?metadata&with-size=true", {}, "GetBucketMetadata", false],
    ["GET", "/b?list-type=2&prefix=x", {}, "ListObjectsV2", false],
    ["GET", "/b", {}, "ListObjects", false],
    ["GET", "/b?uploads", {}, "ListMultipartUploads", false],
    ["GET", "/b?tagging", {}, "GetBucketTagging", false],
    ["PUT", "/b?tagging=", {}, "PutBucketTagging", true],
    ["DELETE", "/b?lifecycle", {}, "DeleteBucketLifecycleConfiguration", true],
    ["DELETE", "/b", {}, "DeleteBucket", true],
    ["DELETE", "/b", { "x-tigris-snapshot-version": "1" }, "DeleteBucketSnapshot", true],
    ["POST", "/b?restore", {}, "RestoreBucket", true],
    ["POST", "/b?delete", {}, "DeleteObjects", true],
    ["POST", "/b?bundle", {}, "BundleObjects", false],
    ["GET", "/b/k", {}, "GetObject", false],
    ["HEAD", "/b/k/e/y", {}, "HeadObject", false],
    ["PUT", "/b/k", {}, "PutObject", true],
    ["PUT", "/b/k", { "x-amz-copy-source": "/b/x" }, "CopyObject", true],
    ["POST", "/b/k?uploads", {}, "CreateMultipartUpload", true],
    ["PUT", "/b/k?partNumber=1&uploadId=u", {}, "UploadPart", true],
    ["PUT", "/b/k?partNumber=1&uploadId=u", { "x-amz-copy-source": "/b/x" }, "UploadPartCopy", true],
    ["GET", "/b/k?uploadId=u", {}, "ListParts", false],
    ["POST", "/b/k?uploadId=u", {}, "CompleteMultipartUpload", true],
    ["DELETE", "/b/k?uploadId=u", {}, "AbortMultipartUpload", true],
    ["DELETE", "/b/k", {}, "DeleteObject", true],
    ["GET", "/b/k?tagging", {}, "GetObjectTagging", false],
  ])("of %s %s %j is %s", (method, url, headers, operation, mutating) => {
    expect(name(method, url, headers)).toEqual({ name: operation, mutating });
  });
});
